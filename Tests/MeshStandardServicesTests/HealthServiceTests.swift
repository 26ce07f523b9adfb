import MeshMessages
import MeshRPC
import Testing

@testable import MeshStandardServices

@Suite(.timeLimit(.minutes(1)))
struct HealthServiceTests {
  private let registry = HealthRegistry(serving: ["a.A"])

  private func withHealth(_ body: (GrpcHealthV1.Health.Client) async throws -> Void) async throws {
    try await withChannel([HealthService(registry).definition]) { channel in
      try await body(GrpcHealthV1.Health.Client(channel))
    }
  }

  @Test("Check tells the state of known services and fails for others")
  func check() async throws {
    try await withHealth { health async throws in
      #expect(try await health.check(.init()).status == .serving)
      #expect(try await health.check(.init(service: "a.A")).status == .serving)
      registry.set("a.A", .notServing)
      #expect(try await health.check(.init(service: "a.A")).status == .notServing)
      #expect(try await health.check(.init()).status == .serving)
      let unknown = try await status { _ = try await health.check(.init(service: "b.B")) }
      #expect(unknown?.code == .notFound)
      registry.remove("a.A")
      let removed = try await status { _ = try await health.check(.init(service: "a.A")) }
      #expect(removed?.code == .notFound)
    }
  }

  @Test("Check tells the program's version behind its answer, where it has one")
  func version() async throws {
    for version in ["1.2.3", nil] {
      try await withChannel([HealthService(registry, version: version).definition]) { channel in
        let answer = try await channel.unaryResponse(
          GrpcHealthV1.Health.Methods.check, GrpcHealthV1.HealthCheckRequest(), options: CallOptions())
        #expect(answer.message.status == .serving && answer.trailingMetadata["fiyatradari-version"] == version)
      }
    }
  }

  @Test("Watch begins with the present state and goes on with each change")
  func watch() async throws {
    try await withHealth { health async throws in
      try await health.watch(.init(service: "a.A")) { responses async throws in
        var responses = responses.makeAsyncIterator()
        #expect(try await responses.next()?.status == .serving)
        registry.set("other", .notServing)
        registry.set("a.A", .serving)
        registry.set("a.A", .notServing)
        #expect(try await responses.next()?.status == .notServing)
        registry.remove("a.A")
        #expect(try await responses.next()?.status == .serviceUnknown)
      }
    }
  }

  @Test("Watch of an unknown service stays, and learns when it becomes known")
  func watchUnknown() async throws {
    try await withHealth { health async throws in
      try await health.watch(.init(service: "later")) { responses async throws in
        var responses = responses.makeAsyncIterator()
        #expect(try await responses.next()?.status == .serviceUnknown)
        registry.set("later", .serving)
        #expect(try await responses.next()?.status == .serving)
      }
    }
  }

  @Test("A drain says NOT_SERVING, ends the watches, and is for good")
  func drain() async throws {
    try await withHealth { health async throws in
      let error = try await status {
        try await health.watch(.init()) { responses async throws in
          var responses = responses.makeAsyncIterator()
          #expect(try await responses.next()?.status == .serving)
          registry.drain()
          #expect(try await responses.next()?.status == .notServing)
          _ = try await responses.next()
        }
      }
      #expect(error?.code == .unavailable)
      #expect(registry.watcherCount == 0)
      registry.set("", .serving)
      registry.set("new", .serving)
      #expect(try await health.check(.init()).status == .notServing)
      #expect(try await health.check(.init(service: "a.A")).status == .notServing)
      #expect(registry.status(of: "new") == nil)
      let late = try await status {
        try await health.watch(.init(service: "a.A")) { responses async throws in
          var responses = responses.makeAsyncIterator()
          #expect(try await responses.next()?.status == .notServing)
          _ = try await responses.next()
        }
      }
      #expect(late?.code == .unavailable)
    }
  }

  @Test("A watcher that does not read gets the latest state only")
  func slowWatcher() async {
    var updates = registry.watch("a.A").makeAsyncIterator()
    for _ in 0..<100 {
      registry.set("a.A", .notServing)
      registry.set("a.A", .serving)
    }
    registry.set("a.A", .notServing)
    #expect(await updates.next() == .notServing)
    registry.drain()
    // The state did not change, but a drain has its say; then comes the end.
    #expect(await updates.next() == .notServing)
    #expect(await updates.next() == nil)
  }

  @Test("A watch that its client gives up is forgotten")
  func noLeak() async throws {
    try await withHealth { health async throws in
      for _ in 0..<50 {
        try await health.watch(.init()) { responses async throws in
          var responses = responses.makeAsyncIterator()
          _ = try await responses.next()
        }
      }
      // Each cancelled handler runs on the one loop that the calls share, before a call that comes later.
      while registry.watcherCount > 0 { _ = try await health.check(.init()) }
    }
    do {
      let stream = registry.watch("")
      #expect(registry.watcherCount == 1)
      _ = stream
    }
    #expect(registry.watcherCount == 0)
  }

  @Test("List names every service, up to a limit")
  func list() async throws {
    try await withHealth { health async throws in
      registry.set("b.B", .notServing)
      let statuses = try await health.list(.init()).statuses.mapValues(\.status)
      #expect(statuses == ["": .serving, "a.A": .serving, "b.B": .notServing])
      for index in 0..<HealthService.listLimit { registry.set("s\(index)", .serving) }
      let tooMany = try await status { _ = try await health.list(.init()) }
      #expect(tooMany?.code == .resourceExhausted)
    }
  }

  @Test("A watch does not keep a name of any length")
  func longName() async throws {
    try await withHealth { health async throws in
      let name = String(repeating: "x", count: HealthService.nameLimit + 1)
      let error = try await status {
        try await health.watch(.init(service: name)) { for try await _ in $0 {} }
      }
      #expect(error?.code == .invalidArgument)
    }
  }
}
