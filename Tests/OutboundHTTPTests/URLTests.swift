import Testing

@testable import OutboundHTTP

@Suite("Outbound URL")
struct URLTests {
  private func url(_ text: String) throws -> OutboundURL { try OutboundURL(text) }

  @Test(
    "What a URL says is read",
    arguments: [
      ("http://example.com", "http", "example.com", 80, "/"),
      ("HTTPS://Example.COM/", "https", "example.com", 443, "/"),
      ("https://example.com:8443/a/b?c=d&e=f#part", "https", "example.com", 8443, "/a/b?c=d&e=f"),
      ("http://example.com?q=1", "http", "example.com", 80, "/?q=1"),
      ("http://example.com#top", "http", "example.com", 80, "/"),
      ("http://93.184.215.14:65535/x", "http", "93.184.215.14", 65535, "/x"),
      ("https://[2606:2800:21f:CB07::1]:1/", "https", "2606:2800:21f:cb07::1", 1, "/"),
      ("https://xn--grnt-1qa1d.example/%C3%BC", "https", "xn--grnt-1qa1d.example", 443, "/%C3%BC"),
      ("http://a_b.example/{x}|[y]", "http", "a_b.example", 80, "/{x}|[y]"),
      ("http://3com.example/", "http", "3com.example", 80, "/"),
      ("https://api.telegram.org/bot1:AA/sendMessage", "https", "api.telegram.org", 443, "/bot1:AA/sendMessage"),
    ])
  func parts(text: String, scheme: String, host: String, port: Int, target: String) throws {
    let url = try url(text)
    #expect(url.scheme.rawValue == scheme)
    #expect(url.host.name == host)
    #expect(url.port == port)
    #expect(url.target == target)
  }

  @Test(
    "What is not a plain http or https URL is refused",
    arguments: [
      "", "http", "http:", "http:/", "http://", "https:///path", "http:example.com", "//example.com", "/path",
      "ftp://example.com", "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)", "httpx://example.com",
      " http://example.com", "http ://example.com", "http://example.com:",
      // User names and passwords.
      "http://user@example.com", "http://user:word@example.com", "http://example.com@127.0.0.1/",
      "http://@example.com/", "https://good.example%40evil.example/",
      // Ports.
      "http://example.com:0", "http://example.com:65536", "http://example.com:-1", "http://example.com:+80",
      "http://example.com:8o", "http://example.com:000080", "http://example.com:80:80", "http://example.com: 80",
      // Hosts.
      "http://.example.com", "http://example..com", "http://example.com.", "http://.", "http://exa mple.com",
      "http://exam\tple.com", "http://exa%6dple.com", "http://-a.example", "http://a-.example",
      "http://bücher.example", "http://ex\u{0}ample.com", "http://a;b.example", "http://a,b.example",
      "http://\(String(repeating: "a", count: 64)).example", "http://[example.com]/",
      "http://\(String(repeating: "a.", count: 130))example",
      // IPv6.
      "http://::1/", "http://[::1", "http://::1]/", "http://[::1]x/", "http://[::1%25eth0]/", "http://[fe80::1%eth0]/",
      "http://[1:2]/", "http://[::ffff:127.0.0.1.1]/", "http://[]/", "http://[::1]]/",
      // Paths.
      "http://example.com/a b", "http://example.com/a\nb", "http://example.com/\r\nHost: b", "http://example.com/ü",
      "http://example.com\\@127.0.0.1/", "http://example.com/\\..", "http://example.com/\u{7f}",
      "http://example.com/\"", "http://example.com/<b>",
    ])
  func refused(text: String) {
    #expect { try OutboundURL(text) } throws: { ($0 as? OutboundError)?.code == .invalidURL }
  }

  @Test(
    "Odd spellings of IPv4 addresses are no hosts",
    arguments: [
      "2130706433", "0x7f000001", "0x7f.1", "0x7f.0.0.1", "0X7F.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "0177.0.0.1",
      "127.0.0.01", "127.0.0.256", "127.0.0.1.1", "1.2.3", "0", "0x", "00.0.0.0", "example.1", "example.0x1",
      "127.0.0.0x1", "１２７.0.0.1", "127。0。0。1", "999999999999",
    ])
  func oddAddresses(host: String) {
    #expect { try OutboundURL("http://\(host)/") } throws: { ($0 as? OutboundError)?.code == .invalidURL }
  }

  @Test("A URL longer than the limit is refused")
  func long() throws {
    let base = "http://example.com/"
    let fits = base + String(repeating: "a", count: OutboundURL.maximumLength - base.utf8.count)
    #expect(try url(fits).absoluteString == fits)
    #expect(throws: OutboundError.self) { try OutboundURL(fits + "a") }
  }

  @Test("Only the origin is shown")
  func description() throws {
    let url = try url("https://api.telegram.org/bot123:SECRET/sendMessage?chat=SECRET")
    #expect("\(url)" == "https://api.telegram.org:443")
    #expect(url.absoluteString == "https://api.telegram.org/bot123:SECRET/sendMessage?chat=SECRET")
    let error = #expect(throws: OutboundError.self) { try OutboundURL("https://SECRET@example.com/SECRET") }
    #expect(error.map { !"\($0)".contains("SECRET") } == true)
  }

  @Test(
    "A Location is read from where it stands",
    arguments: [
      ("https://other.example/x", "https://other.example/x"),
      ("HTTP://other.example", "http://other.example/"),
      ("//other.example/x?y", "http://other.example/x?y"),
      ("/x", "http://shop.example:8080/x"),
      ("x", "http://shop.example:8080/a/b/x"),
      ("./x", "http://shop.example:8080/a/b/x"),
      ("../x", "http://shop.example:8080/a/x"),
      ("../../../../x/", "http://shop.example:8080/x/"),
      ("/x/./y/../z", "http://shop.example:8080/x/z"),
      ("..", "http://shop.example:8080/a/"),
      ("?r=2", "http://shop.example:8080/a/b/c?r=2"),
      ("", "http://shop.example:8080/a/b/c?q=1"),
      ("#top", "http://shop.example:8080/a/b/c?q=1"),
      ("x?u=http://other.example/", "http://shop.example:8080/a/b/x?u=http://other.example/"),
      ("/kulaklık ve şarj", "http://shop.example:8080/kulakl%C4%B1k%20ve%20%C5%9Farj"),
      ("/%C5%9F", "http://shop.example:8080/%C5%9F"),
    ])
  func references(location: String, expected: String) throws {
    let base = try url("http://shop.example:8080/a/b/c?q=1")
    #expect(try base.resolving(location).absoluteString == expected)
  }

  @Test(
    "A Location of another kind is refused",
    arguments: [
      "ftp://other.example/", "javascript:alert(1)", "http://user@other.example/", "//127.1/", "http://0x7f.1/",
      "http:other", "/a\nb", "//", "http://[::1", "mailto:a@b", "/a\\b",
    ])
  func refusedReferences(location: String) throws {
    let base = try url("http://shop.example/a")
    #expect { try base.resolving(location) } throws: { ($0 as? OutboundError)?.code == .invalidURL }
  }
}
