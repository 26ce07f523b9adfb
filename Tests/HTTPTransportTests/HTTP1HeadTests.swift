import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite struct HTTP1HeadTests {
  private func make(
    _ uri: String = "/", _ headers: [(String, String)] = [("Host", "h")], method: HTTPMethod = .GET,
    version: HTTPVersion = .http1_1, limits: HTTP1Limits = HTTP1Limits()
  ) -> (HeaderBlock, problem: String?) {
    HeaderBlock.make(
      HTTPRequestHead(version: version, method: method, uri: uri, headers: HTTPHeaders(headers)), isSecure: true,
      limits: limits)
  }

  @Test("A head takes the shape of HTTP/2 and loses what belongs to the connection")
  func shape() {
    let (block, problem) = make(
      "/p?q=1",
      [
        ("X-One", "1"), ("HOST", "example"), ("Connection", "close"), ("Keep-Alive", "5"), ("Upgrade", "h2c"),
        ("Transfer-Encoding", "chunked"), ("Proxy-Connection", "x"), ("hosts", "kept"), ("TE", "trailers"),
      ])
    #expect(problem == nil)
    #expect(
      block == [
        ":method": "GET", ":scheme": "https", ":path": "/p?q=1", ":authority": "example", "x-one": "1",
        "hosts": "kept", "te": "trailers",
      ])
  }

  @Test("Exactly one Host field is asked for in HTTP/1.1, none in HTTP/1.0")
  func host() {
    #expect(make("/", []).problem == "400")
    #expect(make("/", [("Host", "a"), ("host", "b")]).problem == "400")
    #expect(make("/", [], version: .http1_0).problem == nil)
  }

  @Test("Too many bytes or fields are refused with 431")
  func limits() {
    var limits = HTTP1Limits()
    limits.maxHeaderBytes = 200
    limits.maxHeaderFields = 3
    #expect(make("/", [("Host", "h"), ("a", String(repeating: "x", count: 200))], limits: limits).problem == "431")
    #expect(make("/" + String(repeating: "x", count: 200), limits: limits).problem == "431")
    #expect(make("/", [("Host", "h"), ("a", "1"), ("b", "2"), ("c", "3")], limits: limits).problem == "431")
    #expect(make("/", [("Host", "h"), ("a", "1"), ("b", "2")], limits: limits).problem == nil)
  }

  @Test(
    "Targets: origin, absolute and asterisk forms are taken, others refused",
    arguments: [
      ("http://other:80/p?q", "/p?q", "other:80"), ("HTTPS://other", "/", "other"), ("http://o?q", "/?q", "o"),
      ("/http://x", "/http://x", "h"),
    ])
  func targets(uri: String, path: String, authority: String) {
    let (block, problem) = make(uri)
    #expect(problem == nil)
    #expect(block[":path"] == path && block[":authority"] == authority)
    #expect(make("*", method: .OPTIONS).problem == nil)
    #expect(make("*").problem == "400")
    #expect(make("http:///p").problem == "400")
    #expect(make("relative").problem == "400")
    #expect(make("a:443", method: .CONNECT).problem == "501")
  }

  @Test("No value can smuggle a line into a response, and bad names are left out")
  func injection() {
    let block: HeaderBlock = [
      ":status": "200", "location": "/a\r\nset-cookie: x=1", "x": "a\0b", "bad name": "v", "": "v", "connection": "x",
      "transfer-encoding": "chunked",
    ]
    let head = block.http1ResponseHead
    #expect(head.status == .ok)
    #expect(head.headers.map(\.name) == ["location", "x"])
    #expect(head.headers.first(name: "location") == "/a  set-cookie: x=1")
    #expect(head.headers.first(name: "x") == "a b")
    #expect((["a": "b"] as HeaderBlock).http1ResponseHead.status == .internalServerError)
    #expect(([":status": "7"] as HeaderBlock).http1ResponseHead.status == .internalServerError)
  }

  @Test("A request's target and Host cannot hold line ends or spaces")
  func requestInjection() {
    let block: HeaderBlock = [":method": "GET", ":path": "/a b\r\nX: y", ":authority": "h\r\nX: y", "a": "1"]
    let head = block.http1RequestHead
    #expect(head.uri == "/abX:y")
    #expect(head.headers.map(\.name) == ["host", "a"])
    #expect(head.headers.first(name: "host") == "h  X: y")
  }

  @Test("Response framing follows status, method, version and declared length")
  func framing() {
    func apply(
      _ status: HTTPResponseStatus, _ headers: HTTPHeaders = [:], isHead: Bool = false, is10: Bool = false,
      hasBody: Bool = true
    ) -> (HTTP1BodyFraming, HTTPHeaders) {
      var head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
      let framing = HTTP1BodyFraming.apply(to: &head, isHead: isHead, isHTTP10: is10, hasBody: hasBody)
      return (framing, head.headers)
    }
    #expect(apply(.ok) == (.chunked, ["transfer-encoding": "chunked"]))
    #expect(apply(.ok, is10: true) == (.untilClose, [:]))
    #expect(apply(.ok, hasBody: false) == (.length(0), ["content-length": "0"]))
    #expect(apply(.ok, ["content-length": "5"]) == (.length(5), ["content-length": "5"]))
    #expect(apply(.ok, ["content-length": "-5"]) == (.chunked, ["transfer-encoding": "chunked"]))
    #expect(apply(.ok, ["content-length": "5"], isHead: true) == (.none, ["content-length": "5"]))
    #expect(apply(.ok, isHead: true) == (.none, [:]))
    #expect(apply(.noContent, ["content-length": "5"]) == (.none, [:]))
    #expect(apply(.notModified, ["content-length": "5"]) == (.none, ["content-length": "5"]))
  }

  @Test("Bytes beyond the declared length are cut off, missing ones are noticed")
  func declaredLength() {
    var framing = HTTP1BodyFraming.length(4)
    var data = ByteBuffer(string: "abc")
    framing.take(&data)
    #expect(String(buffer: data) == "abc" && !framing.isComplete)
    data = ByteBuffer(string: "def")
    framing.take(&data)
    #expect(String(buffer: data) == "d" && framing.isComplete)
    data = ByteBuffer(string: "g")
    framing.take(&data)
    #expect(data.readableBytes == 0)
    framing = .none
    data = ByteBuffer(string: "x")
    framing.take(&data)
    #expect(data.readableBytes == 0 && framing.isComplete)
  }
}
