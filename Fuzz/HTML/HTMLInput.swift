import Fuzzer
import PricingService

/// A shop's page, hostile or broken, and a feed in XML.
///
/// The first byte of the input chooses what it is and in which encoding; the rest are its bytes.
@main
enum HTMLInput {
  static let listing = SourceListing(
    listingID: 1, shop: "fuzz", externalID: "A-1", url: "https://shop.example/p/1", currency: "TRY", locale: "tr-TR")

  static func main() throws {
    let selectors = try ShopSelectors.all(
      json: Array(
        """
        {"shops":{"fuzz":{"list_price":{"css":"del"},"seller":{"css":".s > b"},
        "availability":{"xpath":"//*[@id='stock']","in_stock":["stok"],"out_of_stock":["yok"]}}}}
        """.utf8))
    Fuzzer.run { input in
      guard let choice = input.first else { return }
      let bytes = Array(input.dropFirst())
      switch choice % 6 {
      case 0: page(bytes, charset: "utf-8", nil)
      case 1: page(bytes, charset: "windows-1254", nil)
      case 2: page(bytes, charset: nil, nil)
      case 3: page(bytes, charset: nil, selectors["fuzz"])
      case 4: script(bytes)
      default: feed(bytes)
      }
    }
  }

  static func page(_ bytes: [UInt8], charset: String?, _ selectors: ShopSelectors?) {
    do {
      let seen = try PageReader().read(bytes, charset: charset, listing: listing, selectors: selectors)
      precondition(seen.price.map { $0 > 0 } ?? (seen.availability == .outOfStock), "neither a price nor out of stock")
      precondition(seen.listPrice.map { $0 > seen.price ?? 0 } ?? true, "a list price that is not above the price")
      precondition(seen.seller.count <= 200)
    } catch {
      precondition(error.kind == .unreadable)
    }
  }

  /// The input as JSON-LD.
  static func script(_ bytes: [UInt8]) {
    page(Array("<script type=\"application/ld+json\">".utf8) + bytes, charset: "utf-8", nil)
  }

  static func feed(_ bytes: [UInt8]) {
    precondition(
      elements(bytes, size: bytes.count) == elements(bytes, size: 7), "a feed depends on how its bytes arrive")
  }

  static func elements(_ bytes: [UInt8], size: Int) -> [FeedElement] {
    let reader = FeedReader(locale: "tr-TR")
    var found: [FeedElement] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      reader.append(Array(rest.prefix(max(1, size))))
      rest = rest.dropFirst(max(1, size))
      while let element = reader.next() { found.append(element) }
    }
    reader.finish()
    while let element = reader.next() { found.append(element) }
    // Where XML breaks off may be noticed a line sooner or later.
    return found.map { element in
      guard case .fault(var fault) = element, fault.reason == "not well-formed XML" else { return element }
      fault.line = 0
      return .fault(fault)
    }
  }
}
