import EdgeGateway
import HTTPTypes
import MeshRPC
import ServiceKit
import Testing

@Suite("The way to shops") struct AffiliateTests {
  @Test(
    "The shop's tag takes the place of any other, and all else of an address stays",
    arguments: [
      ("https://a.example", "https://a.example?tag=radar-21"),
      ("https://a.example/p/1", "https://a.example/p/1?tag=radar-21"),
      ("https://a.example/p?x=1&tag=other&y=", "https://a.example/p?x=1&y=&tag=radar-21"),
      ("https://a.example/p?tag#part?tag=1", "https://a.example/p?tag=radar-21#part?tag=1"),
      ("http://a.example/p?tags=1&Tag=2", "http://a.example/p?tags=1&Tag=2&tag=radar-21"),
    ])
  func destinations(page: String, expected: String) throws {
    let tags = try AffiliateTags(["shop-a=tag=radar-21", "shop-b=ref=x"])
    #expect(tags.destination(page, shop: "shop-a") == expected)
    #expect(tags.destination(page, shop: "shop-c") == page)
  }

  @Test(
    "Nobody is sent to what is no address of the web",
    arguments: [
      "", "/p/1", "//a.example", "javascript:alert(1)", "data:text/html,x", "ftp://a.example", "https://",
      "https://a.example/\r\nSet-Cookie: x=1", "https://a.example/ b", "https://user@a.example/ü",
    ])
  func noDestinations(page: String) throws {
    let tags = try AffiliateTags(["shop-a=tag=radar-21"])
    #expect(tags.destination(page, shop: "shop-a") == nil && tags.destination(page, shop: "shop-b") == nil)
  }

  @Test(
    "A tag that is none stops the start",
    arguments: [["shop-a"], ["shop-a=tag"], ["shop-a=tag=a&b=c"], ["=tag=x"], ["a=t=1", "a=t=2"], ["a=t="]])
  func badTags(entries: [String]) {
    #expect(throws: ServiceError.self) { try AffiliateTags(entries) }
  }

  @Test("A visitor is sent on with the shop's tag; the answer is kept by nobody")
  func visit() async throws {
    let gateway = try GatewayFixture()
    let reply = try await gateway.get("/go/11")
    #expect(reply.status == 302 && reply["location"] == "https://shop.example/p/1?x=1&tag=radar-21#top")
    #expect(reply["cache-control"] == "no-store" && reply["referrer-policy"] == "no-referrer" && reply.body.isEmpty)
    #expect(reply["x-robots-tag"] == "noindex, nofollow")
    #expect(try await gateway.get("/go/12")["location"] == "https://b.example/p/2")
    // Asked each time.
    #expect(try await gateway.get("/go/12").status == 302 && gateway.services.requestCount == 3)
    for path in ["/go/13", "/go/14", "/go/99"] {
      let refused = try await gateway.get(path)
      #expect(refused.status == 404 && refused["location"] == nil, "\(path)")
    }
    #expect(try await gateway.get("/go/x").status == 400)
    gateway.services.fail(with: RPCError(code: .unavailable, message: "away"))
    #expect(try await gateway.get("/go/11").status == 503)
  }
}
