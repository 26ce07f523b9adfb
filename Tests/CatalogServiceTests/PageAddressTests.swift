import MeshMessages
import OutboundHTTP
import Testing

@testable import CatalogService

@Suite("Addresses of pages")
struct PageAddressTests {
  private func draft(_ url: String, source: String = "", allow: String = "") throws -> ListingDraft {
    try ListingDraft(
      CatalogV1.Listing(shop: "a", externalId: "1", url: url, currency: "TRY", source: source),
      pages: AddressPolicy(allowing: allow))
  }

  @Test(
    "A page that must not be called is refused by its field",
    arguments: [
      "http://127.0.0.1/", "http://10.0.0.1/p", "http://[::1]/", "http://2130706433/", "http://user:word@shop.example/",
      "http://localhost/", "https://shop.example:22/",
    ])
  func refused(url: String) {
    #expect { try draft(url) } throws: { ($0 as? InvalidField)?.field == "url" }
  }

  @Test("Public pages are taken, and those that the setting names")
  func taken() throws {
    #expect(try draft("https://shop.example/p/1?a=b").source == "page")
    #expect(try draft("http://127.0.0.1:7701/p/1", allow: "127.0.0.1:7701").source == "page")
    #expect(throws: InvalidField.self) { try draft("http://127.0.0.1:7702/p/1", allow: "127.0.0.1:7701") }
  }

  @Test("An address that nobody calls is a link only")
  func link() throws {
    #expect(try draft("http://shop.example:8080/p/1", source: "push").url == "http://shop.example:8080/p/1")
  }
}
