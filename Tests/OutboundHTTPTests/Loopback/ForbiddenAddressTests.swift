import NIOCore
import Synchronization
import Testing

@testable import OutboundHTTP

@Suite("Forbidden addresses", .timeLimit(.minutes(1)))
struct ForbiddenAddressTests {
  private func publicOnly(_ configuration: inout OutboundConfiguration) {
    configuration.addressPolicy = .publicOnly
    configuration.addressPolicy.ports = Set(1...65_535)
  }

  @Test("A loopback address is not connected to, however it is written")
  func literals() async throws {
    try await ScriptedServer.run(answer: ExchangeTests.empty) { server in
      try await withClient(publicOnly) { client in
        for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "0.0.0.0"] {
          #expect(await client.failure("http://\(host):\(server.port)/")?.code == .forbiddenAddress)
        }
        for host in ["2130706433", "0x7f.1", "0177.0.0.1", "127.1"] {
          #expect(await client.failure("http://\(host):\(server.port)/")?.code == .invalidURL)
        }
      }
      #expect(server.connections == 0)
    }
  }

  @Test("A name that leads to loopback is not connected to")
  func localhost() async throws {
    try await ScriptedServer.run(answer: ExchangeTests.empty) { server in
      try await withClient(publicOnly) { client in
        let error = await client.failure("http://localhost:\(server.port)/")
        #expect(error?.code == .forbiddenAddress)
        #expect(error?.message.contains("127.0.0.1") == false, "the resolved address is nobody's business")
      }
      #expect(server.connections == 0)
    }
  }

  @Test("One forbidden address among public ones is enough to refuse the host")
  func mixed() async throws {
    let lookup: AddressLookup.Blocking = { _, port in
      ["93.184.215.14", "10.0.0.1"].compactMap { try? SocketAddress(ipAddress: $0, port: port) }
    }
    try await withClient(publicOnly, lookup: lookup) { client in
      #expect(await client.failure("http://shop.example/")?.code == .forbiddenAddress)
    }
  }

  @Test("A redirect to a forbidden address is not followed")
  func redirect() async throws {
    try await ScriptedServer.run(answer: ExchangeTests.empty) { inner in
      let target = inner.port
      let script: ScriptedServer.Script = { _, _, channel in
        channel.send("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:\(target)/\r\ncontent-length: 0\r\n\r\n")
      }
      try await ScriptedServer.run(script) { server in
        let port = server.port
        try await withClient {
          $0.addressPolicy = try AddressPolicy(allowing: "127.0.0.1:\(port)")
        } _: { client in
          let error = await client.failure(server.url)
          #expect(error?.code == .forbiddenAddress)
          #expect(error?.origin == "http://127.0.0.1:\(target)")
        }
      }
      #expect(inner.connections == 0)
    }
  }

  @Test("The connection goes to the address that was checked: a name is asked for once")
  func pinned() async throws {
    let lookups = Mutex(0)
    try await ScriptedServer.run(answer: ExchangeTests.empty) { server in
      let lookup: AddressLookup.Blocking = { _, port in
        let count = lookups.withLock { count in
          count += 1
          return count
        }
        // Whoever asks a second time gets an address where nobody listens.
        return [try? SocketAddress(ipAddress: count == 1 ? "127.0.0.1" : "127.0.0.2", port: port)].compactMap { $0 }
      }
      try await withClient({ _ in }, lookup: lookup) { client in
        let response = try await client.send(OutboundRequest(.get, "http://rebinding.example:\(server.port)/"))
        #expect(response.status == 200)
        #expect(server.requests.first?.contains("host: rebinding.example:\(server.port)\r\n") == true)
      }
    }
    #expect(lookups.withLock { $0 } == 1)
  }

  @Test("The next address is tried when the first one refuses")
  func fallback() async throws {
    try await ScriptedServer.run(answer: ExchangeTests.empty) { server in
      let lookup: AddressLookup.Blocking = { _, port in
        ["127.0.0.9", "127.0.0.1"].compactMap { try? SocketAddress(ipAddress: $0, port: port) }
      }
      try await withClient({ _ in }, lookup: lookup) { client in
        let response = try await client.send(OutboundRequest(.get, "http://shop.example:\(server.port)/"))
        #expect(response.status == 200)
      }
    }
  }
}
