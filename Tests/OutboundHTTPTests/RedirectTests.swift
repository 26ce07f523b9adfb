import Testing

@testable import OutboundHTTP

@Suite("Redirects")
struct RedirectTests {
  private func follow(
    _ status: Int, to location: String?, from url: String = "https://shop.example/a",
    _ method: OutboundRequest.Method = .post
  ) throws -> OutboundRequest? {
    var request = OutboundRequest(
      method, url,
      headers: [
        "Content-Type": "text/plain", "Authorization": "SECRET", "Cookie": "SECRET", "X-Api-Key": "SECRET",
        "X-Kept": "1",
      ], body: [1])
    request.credentialHeaders = ["x-api-key"]
    return try Redirect.follow(status, location: location, of: request, at: OutboundURL(url))?.request
  }

  @Test("307 and 308 repeat the request", arguments: [307, 308])
  func same(status: Int) throws {
    let next = try #require(try follow(status, to: "/b"))
    #expect(next.method == .post)
    #expect(next.body == [1])
    #expect(next.headers["content-type"] == "text/plain")
  }

  @Test("301, 302 and 303 make a GET of a POST", arguments: [301, 302, 303])
  func get(status: Int) throws {
    let next = try #require(try follow(status, to: "/b"))
    #expect(next.method == .get)
    #expect(next.body == nil)
    #expect(next.headers["content-type"] == nil)
    #expect(next.headers["x-kept"] == "1")
  }

  @Test("303 makes a GET of all but HEAD")
  func seeOther() throws {
    #expect(try follow(303, to: "/b", .put)?.method == .get)
    #expect(try follow(303, to: "/b", .head)?.method == .head)
    #expect(try follow(302, to: "/b", .put)?.method == .put)
  }

  @Test("Other statuses and a missing Location are no redirects", arguments: [200, 300, 304, 305, 306, 404])
  func none(status: Int) throws {
    #expect(try follow(status, to: "/b") == nil)
    #expect(try follow(302, to: nil) == nil)
  }

  @Test("Credentials stay with their origin")
  func credentials() throws {
    let same = try #require(try follow(307, to: "https://shop.example:443/b"))
    #expect(same.headers["authorization"] == "SECRET")
    #expect(same.headers["x-api-key"] == "SECRET")
    for location in ["https://other.example/", "https://shop.example:444/", "//sub.shop.example/"] {
      let next = try #require(try follow(307, to: location))
      #expect(!next.headers.contains("Authorization"))
      #expect(!next.headers.contains("cookie"))
      #expect(!next.headers.contains("X-API-KEY"))
      #expect(next.headers["x-kept"] == "1")
    }
    let upgraded = try #require(try follow(307, to: "https://shop.example/", from: "http://shop.example/"))
    #expect(!upgraded.headers.contains("authorization"), "another scheme is another origin")
  }

  @Test("A redirect from https to http is an error")
  func downgrade() {
    #expect { try follow(302, to: "http://shop.example/") } throws: {
      ($0 as? OutboundError)?.code == .insecureRedirect
    }
  }

  @Test("A Location that cannot be used is an error of the server's", arguments: ["ftp://a/", "http://127.1/", "//"])
  func broken(location: String) {
    #expect { try follow(302, to: location) } throws: { ($0 as? OutboundError)?.code == .protocol }
  }
}
