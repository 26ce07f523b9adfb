import NIOCore
import NIOPosix
import Testing

@testable import MeshRPC

@Suite("Name resolver")
struct NameResolverTests {
  /// A lookup that answers from a table.
  struct Table: HostLookup {
    var answers: [String: Result<[String], RPCError>]

    func addresses(of host: String, port: Int) async throws(RPCError) -> [SocketAddress] {
      guard let answer = answers[host] else {
        throw RPCError(code: .unavailable, message: "unknown name")
      }
      return try answer.get().compactMap { try? SocketAddress(ipAddress: $0, port: port) }
    }
  }

  private func resolve(_ target: String, _ answers: [String: Result<[String], RPCError>]) async throws -> Resolution {
    try await Target(target).resolver(lookup: Table(answers: answers)).resolve()
  }

  private func address(_ text: String, _ port: Int) throws -> SocketAddress {
    try SocketAddress(ipAddress: text, port: port)
  }

  @Test("All addresses of a name are found, in order, each once")
  func all() async throws {
    let found = try await resolve("a:80", ["a": .success(["10.0.0.2", "::1", "10.0.0.1", "10.0.0.2"])])
    #expect(found.addresses == [try address("10.0.0.2", 80), try address("::1", 80), try address("10.0.0.1", 80)])
    #expect(found.failures.isEmpty)
  }

  @Test("A list's names and addresses are joined")
  func list() async throws {
    let found = try await resolve(
      "static:a:1,10.0.0.1:1,b:2", ["a": .success(["10.0.0.1", "10.0.0.3"]), "b": .success(["10.0.0.1"])])
    #expect(found.addresses == [try address("10.0.0.1", 1), try address("10.0.0.3", 1), try address("10.0.0.1", 2)])
  }

  @Test("A name that fails is reported beside those that don't")
  func partial() async throws {
    let found = try await resolve("static:a:1,b:1", ["b": .success(["10.0.0.1"])])
    #expect(found.addresses == [try address("10.0.0.1", 1)])
    #expect(found.failures.map(\.code) == [.unavailable])
  }

  @Test(
    "Without any address the lookup fails with UNAVAILABLE",
    arguments: [
      [:], ["a": .success([])],
      ["a": .failure(RPCError(code: .unavailable, message: "x"))],
    ] as [[String: Result<[String], RPCError>]])
  func none(answers: [String: Result<[String], RPCError>]) async {
    let error = await #expect(throws: RPCError.self) { try await resolve("a:1", answers) }
    #expect(error?.code == .unavailable)
  }

  @Test("A cancelled lookup ends the resolution")
  func cancelled() async {
    let answers: [String: Result<[String], RPCError>] = [
      "a": .failure(RPCError(code: .cancelled, message: "")), "b": .success(["10.0.0.1"]),
    ]
    let error = await #expect(throws: RPCError.self) { try await resolve("static:a:1,b:1", answers) }
    #expect(error?.code == .cancelled)
  }

  @Test("The number of addresses is bounded")
  func bounded() async throws {
    let many = (0..<2000).map { "10.0.\($0 / 256).\($0 % 256)" }
    let found = try await resolve("a:1", ["a": .success(many)])
    #expect(found.addresses.count == DNSNameResolver.maximumAddresses)
  }

  @Test("Addresses need no lookup and never change")
  func fixed() async throws {
    let resolver = try Target("ipv4:10.0.0.1:1,10.0.0.1:1,10.0.0.2:1").resolver(lookup: Table(answers: [:]))
    #expect(!resolver.canChange)
    #expect(try await resolver.resolve().addresses == [try address("10.0.0.1", 1), try address("10.0.0.2", 1)])
    #expect(try Target("a:1").resolver(lookup: Table(answers: [:])).canChange)
    let error = await #expect(throws: RPCError.self) { try await StaticNameResolver([]).resolve() }
    #expect(error?.code == .unavailable)
  }

  @Test("The system's lookup reads numeric addresses, which need no network, and reports what is no name")
  func system() async throws {
    let threads = NIOThreadPool(numberOfThreads: 1)
    threads.start()
    let lookup = SystemHostLookup(threads: threads)
    #expect(try await lookup.addresses(of: "127.0.0.1", port: 80) == [address("127.0.0.1", 80)])
    #expect(try await lookup.addresses(of: "::1", port: 81) == [address("::1", 81)])
    let error = await #expect(throws: RPCError.self) { try await lookup.addresses(of: "", port: 1) }
    #expect(error?.code == .unavailable)
    try await threads.shutdownGracefully()
    let stopped = await #expect(throws: RPCError.self) { try await lookup.addresses(of: "::1", port: 1) }
    #expect(stopped?.code == .cancelled || stopped?.code == .unavailable)
  }
}
