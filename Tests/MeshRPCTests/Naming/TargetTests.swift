import NIOCore
import Testing

@testable import MeshRPC

@Suite("Target")
struct TargetTests {
  static func ip(_ text: String, _ port: Int) -> Target.Endpoint {
    guard let address = try? SocketAddress(ipAddress: text, port: port) else { return .host("broken", port: 0) }
    return .address(address)
  }

  static func unix(_ path: String) -> Target.Endpoint {
    guard let address = try? SocketAddress(unixDomainSocketPath: path) else { return .host("broken", port: 0) }
    return .address(address)
  }

  /// Computed: what a global keeps in NIO's tagged boxes looks like a leak to LeakSanitizer.
  static var valid: [(String, [Target.Endpoint], String)] {
    [
      ("catalog:9101", [.host("catalog", port: 9101)], "catalog:9101"),
      ("catalog", [.host("catalog", port: 443)], "catalog:443"),
      (
        "catalog.mesh.svc.cluster.local.:80", [.host("catalog.mesh.svc.cluster.local.", port: 80)],
        "catalog.mesh.svc.cluster.local.:80"
      ),
      ("my_service-1:1", [.host("my_service-1", port: 1)], "my_service-1:1"),
      ("127.0.0.1:65535", [ip("127.0.0.1", 65_535)], "127.0.0.1:65535"),
      ("[::1]:80", [ip("::1", 80)], "[::1]:80"),
      ("[::1]", [ip("::1", 443)], "[::1]:443"),
      ("dns:catalog:80", [.host("catalog", port: 80)], "catalog:80"),
      ("dns:///catalog:80", [.host("catalog", port: 80)], "catalog:80"),
      ("DNS:///catalog", [.host("catalog", port: 443)], "catalog:443"),
      ("dns:///10.0.0.1:80", [ip("10.0.0.1", 80)], "10.0.0.1:80"),
      (
        "ipv4:10.0.0.1:80,10.0.0.2:81,10.0.0.3", [ip("10.0.0.1", 80), ip("10.0.0.2", 81), ip("10.0.0.3", 443)],
        "10.0.0.1:80"
      ),
      ("ipv6:[::1]:80,[2001:db8::1]:81", [ip("::1", 80), ip("2001:db8::1", 81)], "[::1]:80"),
      ("ipv6:::1", [ip("::1", 443)], "[::1]:443"),
      (
        "static:a:80,10.0.0.2:81,[::1]:82,b",
        [
          .host("a", port: 80), ip("10.0.0.2", 81), ip("::1", 82), .host("b", port: 443),
        ], "a:80"
      ),
      ("unix:run/s.sock", [unix("run/s.sock")], "localhost"),
      ("unix:/run/s.sock", [unix("/run/s.sock")], "localhost"),
      ("unix:///run/s.sock", [unix("/run/s.sock")], "localhost"),
    ]
  }

  @Test("Every form is read", arguments: valid)
  func forms(text: String, endpoints: [Target.Endpoint], authority: String) throws {
    let target = try Target(text)
    #expect(target.endpoints == endpoints)
    #expect(target.authority == authority)
  }

  @Test(
    "Names need a lookup and addresses don't",
    arguments: [
      ("catalog:1", true), ("static:10.0.0.1:1,catalog:1", true), ("10.0.0.1:1", false), ("unix:s", false),
      ("ipv6:[::1]:1", false),
    ])
  func needsLookup(text: String, expected: Bool) throws {
    #expect(try Target(text).needsLookup == expected)
  }

  @Test(
    "Malformed targets are refused",
    arguments: [
      "", ":80", "a:", "a:0", "a:65536", "a:x", "a:-1", "a:+1", "a: 80", "a:80 ", "a b:80", "a:1:2", "::1", "::1:80",
      "[::1", "[::1]80", "[::1]:", "[a]:80", "[10.0.0.1]:80", "[::1]x:80", "[:::]:80", "[fe80::1%eth0]:80",
      "http://a:80", "https:a", "dns://8.8.8.8/a:80", "dns:", "dns:///", "ipv4:", "ipv4:a:80", "ipv4:10.0.0.1:80,",
      "ipv4:,10.0.0.1:80", "ipv4:[::1]:80", "ipv6:10.0.0.1:80", "ipv6:", "ipv6:[::1]:80,x", "static:",
      "static:a:80,,b:80",
      "unix:", "unix://host/path", "unix://", "unix:a\u{0}b", "256.1.1.1:80", "1.2.3:80", "a..b:80", "-a:80", "a-:80",
      ".:80", "ü:80", "a,b:80", "a:123456", "a/b:80", "a@b:80",
    ])
  func malformed(text: String) {
    let error = #expect(throws: TargetError.self) { try Target(text) }
    #expect(error?.target == text)
    #expect(error?.message.isEmpty == false)
  }

  @Test("Lengths are bounded")
  func lengths() throws {
    let label = String(repeating: "a", count: 63)
    let name = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
    #expect(try Target(name + ":1").endpoints == [.host(name, port: 1)])
    #expect(throws: TargetError.self) { try Target(name + "b:1") }
    #expect(throws: TargetError.self) { try Target(label + "a:1") }
    #expect(throws: TargetError.self) { try Target("unix:/" + String(repeating: "p", count: 200)) }
    let list = (0..<256).map { "10.0.0.\($0):1" }.joined(separator: ",")
    #expect(try Target("ipv4:" + list).endpoints.count == 256)
    let error = #expect(throws: TargetError.self) { try Target("ipv4:" + list + ",10.0.1.1:1") }
    #expect(error?.target.count == 200)
  }

  @Test("The default port is the caller's")
  func defaultPort() throws {
    #expect(try Target("a", defaultPort: 9101).endpoints == [.host("a", port: 9101)])
  }

  @Test("An error quotes the target and escapes what would break a log")
  func errorText() {
    let error = #expect(throws: TargetError.self) { try Target("a\nb:80") }
    #expect(error?.description == #"target "a\nb:80" has a host that is neither a name nor an address"#)
  }
}
