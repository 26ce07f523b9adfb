import Foundation
import HTTPTransport
import HTTPTypes
import NIOCore
import Testing

extension LoopbackTests {
  @Suite struct TLSTests {
    /// Tells version, security and the peer's first URI name.
    private let whoami = ClosureHandler { stream, _, _ in
      let info = stream.connection
      let identity = info.peerIdentity.map { "\($0.uris.joined()) \($0.dnsNames.joined())" } ?? "nobody"
      stream.send(
        head: [":status": "200", "x-who": "\(info.version.rawValue) \(info.isSecure) \(identity)"], endStream: true)
      return nil
    }

    private func serve(
      mutual: Bool = false, protocols: [String]? = nil,
      _ body: (LoopbackServer, TestCertificates.Paths) async throws -> Void
    ) async throws {
      let paths = try TestCertificates.shared.get()
      let configure = { (configuration: inout HTTPServerConfiguration) in
        var tls = TLSServerConfiguration(
          certificateChainPath: paths("server"), privateKeyPath: paths("server-key"),
          clientCAPath: mutual ? paths("ca") : nil)
        if let protocols { tls.applicationProtocols = protocols }
        configuration.tls = tls
      }
      try await LoopbackServer.run(whoami, configure: configure) { try await body($0, paths) }
    }

    private func code(_ body: () async throws -> Void) async -> HTTPTransportError.Code? {
      do {
        try await body()
        return nil
      } catch {
        guard let error = error as? HTTPTransportError else {
          Issue.record("not a transport error: \(error)")
          return nil
        }
        return error.code
      }
    }

    @Test("ALPN chooses HTTP/2 or HTTP/1.1 on the same port")
    func alpn() async throws {
      try await serve { server, paths in
        let tls = TLSClientConfiguration(caPath: paths("ca"))
        let second = try await TestClient.connect(server, hostname: "localhost", configuration: .init(tls: tls))
        #expect(try await second.call().head?["x-who"] == "HTTP/2 true nobody")
        let first = try await TestClient.connectHTTP1(server, hostname: "localhost", configuration: .init(tls: tls))
        #expect(try await first.call().head?["x-who"] == "HTTP/1.1 true nobody")
        #expect(try await first.call().head?["x-who"] == "HTTP/1.1 true nobody")
        second.close()
        first.close()
      }
    }

    @Test("A client's certificate gives its names to the handler, on both versions")
    func mutual() async throws {
      try await serve(mutual: true) { server, paths in
        let tls = TLSClientConfiguration(
          caPath: paths("ca"), certificateChainPath: paths("client"), privateKeyPath: paths("client-key"))
        let who = "true spiffe://fiyatradari/pricing pricing.local"
        let second = try await TestClient.connect(server, hostname: "localhost", configuration: .init(tls: tls))
        #expect(try await second.call().head?["x-who"] == "HTTP/2 \(who)")
        let first = try await TestClient.connectHTTP1(server, hostname: "localhost", configuration: .init(tls: tls))
        #expect(try await first.call().head?["x-who"] == "HTTP/1.1 \(who)")
        second.close()
        first.close()
      }
    }

    @Test(
      "Certificate files that change are shown to new connections, and the old one stays where the new one is no good")
    func reload() async throws {
      let paths = try TestCertificates.shared.get()
      let folder = try FileManager.default.url(
        for: .itemReplacementDirectory, in: .userDomainMask, appropriateFor: URL(fileURLWithPath: paths.folder),
        create: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let files = (folder.appendingPathComponent("a.pem").path, folder.appendingPathComponent("b.pem").path)
      func install(_ name: String) throws {
        for (source, target) in [(paths(name), files.0), (paths("\(name)-key"), files.1)] {
          try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: target), options: .atomic)
        }
      }
      try install("server")
      let (renewed, refused) = (Promised<Int64>(), Promised<String>())
      let configure = { (configuration: inout HTTPServerConfiguration) in
        var tls = TLSServerConfiguration(certificateChainPath: files.0, privateKeyPath: files.1)
        tls.reloadInterval = .milliseconds(20)
        tls.report = { report in
          switch report {
          case .renewed(let expiry): renewed.set(expiry)
          case .unusable(let error): refused.set("\(error)")
          case .inUse: break
          }
        }
        configuration.tls = tls
      }
      try await LoopbackServer.run(whoami, configure: configure) { server in
        func connectLocal() async throws -> TestClient {
          let tls = TLSClientConfiguration(caPath: paths("ca"))
          return try await TestClient.connect(server, hostname: "localhost", configuration: .init(tls: tls))
        }
        let old = try await connectLocal()
        try Data("nothing".utf8).write(to: URL(fileURLWithPath: files.0), options: .atomic)
        #expect(try await refused.value.contains("a.pem"))
        let second = try await connectLocal()
        try install("stranger")
        #expect(try await renewed.value > 1_700_000_000)
        let refusal = await code { _ = try await connectLocal() }
        #expect(refusal == .tls, "it is another certificate now")
        // Those there are go on.
        for client in [old, second] { #expect(try await client.call().status == "200") }
        old.close()
        second.close()
      }
    }

    @Test("Where certificates are asked for, a client without one, or with a stranger's, gets nowhere")
    func mutualRefused() async throws {
      try await serve(mutual: true) { server, paths in
        let none = TLSClientConfiguration(caPath: paths("ca"))
        let refused = await code {
          _ = try await TestClient.connect(server, hostname: "localhost", configuration: .init(tls: none))
        }
        #expect(refused == .tls)
        let strange = TLSClientConfiguration(
          caPath: paths("ca"), certificateChainPath: paths("stranger"), privateKeyPath: paths("stranger-key"))
        let stranger = await code {
          _ = try await TestClient.connect(server, hostname: "localhost", configuration: .init(tls: strange))
        }
        #expect(stranger == .tls)
      }
    }

    @Test("A server that is not who it should be, or not believed, is a TLS error")
    func serverIdentity() async throws {
      try await serve { server, paths in
        let wrongName = TLSClientConfiguration(caPath: paths("ca"), serverName: "elsewhere")
        #expect(await code { _ = try await TestClient.connect(server, configuration: .init(tls: wrongName)) } == .tls)
        let wrongCA = TLSClientConfiguration(caPath: paths("stranger"), serverName: "localhost")
        #expect(await code { _ = try await TestClient.connect(server, configuration: .init(tls: wrongCA)) } == .tls)
        #expect(
          await code { _ = try await TestClient.connectHTTP1(server, configuration: .init(tls: wrongCA)) } == .tls)
      }
    }

    @Test("A server without HTTP/2 is a failed negotiation for an HTTP/2 client")
    func wrongALPN() async throws {
      try await serve(protocols: ["http/1.1"]) { server, paths in
        let tls = TLSClientConfiguration(caPath: paths("ca"))
        let failure = await code {
          _ = try await TestClient.connect(server, hostname: "localhost", configuration: .init(tls: tls))
        }
        #expect(failure == .protocolNegotiation)
      }
    }

    @Test("Clear text on a TLS port, and TLS on a clear-text port, are refused")
    func wrongKind() async throws {
      try await serve { server, _ in
        let client = try await RawClient.connect(server)
        client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        let text = try await client.receivedToEnd()
        #expect(!text.contains("HTTP/1.1 200"))
        #expect(await code { _ = try await TestClient.connect(server) } == .connectFailed)
      }
      try await LoopbackServer.run(whoami) { server in
        let paths = try TestCertificates.shared.get()
        let tls = TLSClientConfiguration(caPath: paths("ca"), serverName: "localhost")
        #expect(await code { _ = try await TestClient.connect(server, configuration: .init(tls: tls)) } == .tls)
      }
    }

    @Test("A handshake that does not go on is ended by time")
    func slowHandshake() async throws {
      let paths = try TestCertificates.shared.get()
      let configure = { (configuration: inout HTTPServerConfiguration) in
        configuration.tls = TLSServerConfiguration(
          certificateChainPath: paths("server"), privateKeyPath: paths("server-key"))
        configuration.timeouts.header = .milliseconds(100)
      }
      try await LoopbackServer.run(whoami, configure: configure) { server in
        let client = try await RawClient.connect(server)
        client.send([0x16, 0x03, 0x01])
        #expect(try await client.receivedToEnd() == "")
      }
    }

    @Test("Files that are missing or no certificates are named in the error")
    func badFiles() async throws {
      let paths = try TestCertificates.shared.get()
      for (chain, key, named) in [
        ("/nowhere.pem", paths("server-key"), "/nowhere.pem"), (paths("server-key"), paths("server-key"), "server-key"),
        (paths("server"), paths("server"), "server.pem"), (paths("server"), paths("client-key"), "server.pem"),
      ] {
        var configuration = HTTPServerConfiguration(address: .hostPort("127.0.0.1", 0))
        configuration.tls = TLSServerConfiguration(certificateChainPath: chain, privateKeyPath: key)
        let server = HTTPServer(
          configuration: configuration, handler: whoami, group: LoopbackServer.serverGroup, logger: .silent)
        do {
          _ = try await server.start()
          Issue.record("started with \(chain) and \(key)")
          await server.shutdown()
        } catch let error as HTTPTransportError {
          #expect(error.code == .tls && error.message.contains(named), "\(error.message)")
        }
      }
    }
  }
}
