import MeshRPC
import NIOCore
import Testing

@testable import FiyatCommands

@Suite("Targets of load tests") struct TargetTests {
  private struct Names: HostLookup {
    let list: [String]

    func addresses(of host: String, port: Int) async throws(RPCError) -> [SocketAddress] {
      do { return try list.map { try SocketAddress(ipAddress: $0, port: port) } } catch {
        throw RPCError(code: .unavailable, message: "no address")
      }
    }
  }

  @Test("A URL is a scheme, a host and a port")
  func urls() throws {
    #expect(try LoadTarget("http://127.0.0.1:8080").authority == "127.0.0.1:8080")
    #expect(try LoadTarget("https://gateway.example/").url == "https://gateway.example:443")
    #expect(try LoadTarget("http://[::1]:80").host == "::1" && LoadTarget("http://[::1]:80").authority == "[::1]:80")
    for url in [
      "", "127.0.0.1:80", "ftp://a", "http://", "http://a:0", "http://a:x", "http://a/b", "http://u@a", "http://a b",
      "http://[::1", "http://[zz]:80", "http://a?b",
    ] {
      #expect(throws: FiyatError.self, "\(url)") { try LoadTarget(url) }
    }
  }

  @Test(
    "Only this machine is loaded, unless someone says that the host is theirs; one foreign address is enough to refuse")
  func loopback() async throws {
    let target = try LoadTarget("http://gateway:8080")
    for list in [["127.0.0.1"], ["127.9.9.9", "::1"], ["::ffff:127.0.0.1"]] {
      #expect(try await target.addresses(isOwn: false, lookup: Names(list: list)).count == list.count)
    }
    for list in [["127.0.0.1", "192.0.2.7"], ["10.0.0.1"], ["2001:db8::1"], ["0.0.0.0"]] {
      await #expect(throws: FiyatError.self) { try await target.addresses(isOwn: false, lookup: Names(list: list)) }
      #expect(try await target.addresses(isOwn: true, lookup: Names(list: list)).count == list.count)
    }
    await #expect(throws: FiyatError.self) { try await target.addresses(isOwn: true, lookup: Names(list: [])) }
  }
}
