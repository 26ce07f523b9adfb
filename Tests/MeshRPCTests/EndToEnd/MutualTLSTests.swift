import HTTPTransport
import MeshRPC
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct MutualTLSTests {
  private static let whoAmI = MethodHandler.unary(Probe.unary) { _, context in
    let identity = context.peerIdentity
    return Probe.text("\(identity?.uris ?? []) \(identity?.dnsNames ?? [])")
  }

  private func call(_ certificates: Certificates, as client: String?) async throws -> Result<String, RPCError> {
    let rpc = try RPCServer(services: [ServiceDefinition(name: Probe.service, methods: [Self.whoAmI])])
    let server = try await LoopbackServer.start(
      rpc,
      tls: TLSServerConfiguration(
        certificateChainPath: certificates.path("server.pem"), privateKeyPath: certificates.path("server.key"),
        clientCAPath: certificates.path("ca.pem")))
    let pool = try ConnectionPool(to: [server]) {
      $0.tls = TLSClientConfiguration(
        caPath: certificates.path("ca.pem"), certificateChainPath: client.map { certificates.path("\($0).pem") },
        privateKeyPath: client.map { certificates.path("\($0).key") }, serverName: "localhost")
    }
    var result = Result<String, RPCError>.success("")
    try await Carrier.ending(RPCChannel(provider: pool)) { channel in
      do {
        result = .success(try await channel.probe())
      } catch let error as RPCError {
        result = .failure(error)
      }
    }
    await server.stop()
    return result
  }

  @Test("The handler sees the names in the client's certificate")
  func identity() async throws {
    let seen = try await call(try Certificates(), as: "client").get()
    #expect(seen == #"["spiffe://fiyatradari/pricing"] ["pricing.test"]"#)
  }

  @Test("A client without a certificate, or with a stranger's, makes no call", arguments: [nil, "stranger"])
  func refused(_ client: String?) async throws {
    let result = try await call(try Certificates(), as: client)
    guard case .failure(let error) = result else {
      Issue.record("the call was answered")
      return
    }
    #expect(error.code == .unavailable)
  }

  @Test("In-process calls carry the identity that the test gives them")
  func inProcess() async throws {
    let rpc = try RPCServer(services: [ServiceDefinition(name: Probe.service, methods: [Self.whoAmI])])
    let connection = InProcessConnection(
      handler: rpc, eventLoop: Loops.next, identity: PeerIdentity(uris: ["spiffe://fiyatradari/edge"]))
    try await Carrier.ending(RPCChannel(provider: InProcessConnectionProvider(connection))) { channel in
      let seen = try await channel.probe()
      #expect(seen == #"["spiffe://fiyatradari/edge"] []"#)
    }
  }
}
