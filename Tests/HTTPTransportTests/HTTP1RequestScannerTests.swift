import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite struct HTTP1RequestScannerTests {
  private func scan(_ text: String, limits: HTTP1Limits = HTTP1Limits()) -> (HTTP1RequestScanner.Found, HeaderBlock)? {
    var block = HeaderBlock([("left", "over")])
    let found = Array(text.utf8).withUnsafeBytes {
      HTTP1RequestScanner.scan($0, isSecure: true, limits: limits, into: &block)
    }
    return found.map { ($0, block) }
  }

  @Test("A simple head gives what the decoder would give, and says where it ends")
  func simple() throws {
    let head =
      "GET /v1/products?limit=2 HTTP/1.1\r\nHost: shop.example\r\nX-One:  a b \t\r\nConnection: Keep-Alive\r\n"
      + "Accept-Encoding: gzip\r\nempty:\r\n\r\n"
    let (found, block) = try #require(scan(head + "GET /next"))
    #expect(found.length == head.utf8.count && !found.isHead)
    let decoded = HeaderBlock.make(
      HTTPRequestHead(
        version: .http1_1, method: .GET, uri: "/v1/products?limit=2",
        headers: [
          "Host": "shop.example", "X-One": "a b", "Connection": "Keep-Alive", "Accept-Encoding": "gzip", "empty": "",
        ]), isSecure: true, limits: HTTP1Limits())
    #expect(Set(block.fields.map { "\($0)" }) == Set(decoded.0.fields.map { "\($0)" }))
    #expect(scan("HEAD / HTTP/1.1\r\nhost: h\r\n\r\n")?.0.isHead == true)
  }

  @Test(
    "Whatever is not simple to the letter is left to the decoder",
    arguments: [
      "", "GET", "GET / HTTP/1.1\r\nHost: h\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r",
      "POST / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: h\r\n\r\n", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
      "GET /\t HTTP/1.1\r\nHost: h\r\n\r\n", "GET /\u{7f} HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "GET /é HTTP/1.1\r\nHost: h\r\n\r\n",
      "get / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\nHost: h\n\n", "GET / HTTP/1.1\r\nHost: h\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\n",
      "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\tfolded\r\n\r\n", "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n: c\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nA: b\u{0}c\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\ncontent-length: 5\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, upgrade\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTE: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTrailer: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nKeep-Alive: 5\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nProxy-Connection: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nHTTP2-Settings: x\r\n\r\n",
    ])
  func refused(text: String) { #expect(scan(text) == nil) }

  @Test("A head beyond the limits is left to the decoder, which says so")
  func limits() {
    var limits = HTTP1Limits()
    limits.maxHeaderBytes = 200
    limits.maxHeaderFields = 6
    func head(_ count: Int, _ length: Int) -> String {
      let line = "A: " + String(repeating: "b", count: length) + "\r\n"
      return "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: line, count: count) + "\r\n"
    }
    #expect(scan(head(1, 10), limits: limits) != nil)
    #expect(scan(head(1, 300), limits: limits) == nil)
    #expect(scan(head(9, 1), limits: limits) == nil)
  }
}
