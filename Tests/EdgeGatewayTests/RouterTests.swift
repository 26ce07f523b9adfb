import EdgeGateway
import HTTPTypes
import Testing

@Suite("Router")
struct RouterTests {
  private static func route(_ method: HTTPRequest.Method, _ pattern: String) -> Route {
    Route(method, pattern, "\(method) \(pattern)", tag: "", "", response: .nothing) { _ in .noContent }
  }

  private static let router = Router([
    route(.get, "/"), route(.get, "/v1/deals"), route(.get, "/v1/deals/{id}"), route(.get, "/v1/deals/stream"),
    route(.get, "/v1/products/{id}/history"), route(.delete, "/v1/deals/{id}"), route(.get, "/v1/{kind}/stream/all"),
    route(.post, "/v1/jobs/{name}/pause"), route(.post, "/v1/jobs/pause"),
    route(.get, "/c/{path*}"), route(.get, "/c/top/{id}"),
  ])

  private func describe(_ method: HTTPRequest.Method, _ path: String) throws -> String {
    switch try Self.router.match(method, path[...]) {
    case .found(let route, let values): "\(route.route.operation) \(values)"
    case .wrongMethod(let allowed): "allowed \(allowed.map(\.rawValue))"
    case .notFound: "not found"
    }
  }

  @Test(
    "Paths find their routes; a literal goes before a parameter",
    arguments: [
      ("/", "GET / []"), ("/v1/deals", "GET /v1/deals []"), ("/v1/deals/12", "GET /v1/deals/{id} [\"12\"]"),
      ("/v1/deals/stream", "GET /v1/deals/stream []"), ("/v1/deals/str%65am", "GET /v1/deals/stream []"),
      ("/v1/deals/stream/all", "GET /v1/{kind}/stream/all [\"deals\"]"),
      ("/v1/products/a%2Fb/history", "GET /v1/products/{id}/history [\"a/b\"]"), ("/v1/deals/", "not found"),
      ("/v1//deals", "not found"), ("//", "not found"), ("", "not found"), ("/v2", "not found"),
      ("/v1/deals/1/2", "not found"), ("/v1/products/1", "not found"), ("/v1/deals/../deals", "not found"),
      ("/V1/deals", "not found"), ("/1/2/3/4/5/6/7/8/9", "not found"),
      ("/c/a", "GET /c/{path*} [\"a\"]"), ("/c/a/b%20c/d", "GET /c/{path*} [\"a/b c/d\"]"), ("/c", "not found"),
      ("/c/top/1", "GET /c/top/{id} [\"1\"]"), ("/c/top/1/2", "GET /c/{path*} [\"top/1/2\"]"), ("/c/a//b", "not found"),
      ("/c/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20", "not found"),
    ])
  func paths(path: String, expected: String) throws { #expect(try describe(.get, path) == expected) }

  @Test("HEAD finds GET; other methods are told what is allowed")
  func methods() throws {
    #expect(try describe(.head, "/v1/deals") == "GET /v1/deals []")
    #expect(try describe(.post, "/v1/deals/1") == #"allowed ["DELETE", "GET", "HEAD", "OPTIONS"]"#)
    #expect(try describe(.get, "/v1/jobs/x/pause") == #"allowed ["OPTIONS", "POST"]"#)
    #expect(try describe(.post, "/v1/jobs/pause") == "POST /v1/jobs/pause []")
  }

  @Test("A path that is not percent-encoded UTF-8 is refused", arguments: ["/v1/%", "/v1/%zz", "/%ff", "/a%00b"])
  func hostilePaths(path: String) {
    #expect(throws: Problem.self) { try Self.router.match(.get, path[...]) }
  }
}

@Suite("Queries")
struct QueryItemsTests {
  @Test("Names and values are decoded, in order")
  func decoded() throws {
    let query = try QueryItems("q=kulakl%C4%B1k+x&sort=-price&flag&e=")
    #expect(query.names == ["q", "sort", "flag", "e"])
    #expect(query["q"] == "kulaklık x")
    #expect(query["sort"] == "-price")
    #expect(query["flag"] == "" && query["e"] == "")
    #expect(try QueryItems("").names.isEmpty)
  }

  @Test(
    "Malformed and repeated parameters are refused and named",
    arguments: [
      ("q=%ff", "q"), ("q=%2", "q"), ("q=%00", "q"), ("a=1&a=2", "a"), ("%07=%ff", "?"), ("=1", nil), ("%zz=1", nil),
    ] as [(String, String?)])
  func refused(text: String, field: String?) {
    let problem = #expect(throws: Problem.self) { try QueryItems(text[...]) }
    #expect(problem?.field == field)
    #expect(problem?.status == .badRequest)
  }

  @Test("Too much is refused")
  func bounds() {
    let long = #expect(throws: Problem.self) { try QueryItems(Substring(String(repeating: "a", count: 8193))) }
    #expect(long?.status == .uriTooLong)
    let many = (0..<65).map { "p\($0)=1" }.joined(separator: "&")
    let problem = #expect(throws: Problem.self) { try QueryItems(many[...]) }
    #expect(problem?.detail == "the query has more than 64 parameters")
  }
}
