import MeshRPC
import RPCInterop
import Testing

@Suite(.timeLimit(.minutes(1)))
struct InteropTests {
  @Test(
    "Every interoperability case passes with our own client and server", arguments: InteropCase.allCases,
    Carrier.allCases)
  func cases(_ test: InteropCase, over carrier: Carrier) async throws {
    try await carrier.run(RPCServer(services: InteropServices().definitions)) { channel in
      try await test.run(over: channel)
    }
  }

  @Test("A case fails against a server that does not behave")
  func failing() async throws {
    try await Carrier.inProcess.run([]) { channel in
      await #expect(throws: RPCError.self) { try await InteropCase.emptyUnary.run(over: channel) }
    }
  }
}
