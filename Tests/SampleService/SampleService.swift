internal import MeshMessages
internal import MeshRPC
internal import PostgresClient
package import ServiceKit

/// The smallest whole service: one RPC service, one table, one background task. It shows how services are put together,
/// and ServiceKit's tests run it.
package enum SampleService: MeshService {
  package static let description = ServiceDescription(
    name: "sample", summary: "keeps notes, to show how a service is made", port: 9901, opsPort: 9902,
    migrations: [
      EmbeddedFile("0001-notes.sql", PackageResources._001_notes_sql),
      EmbeddedFile("0002-heartbeats.sql", PackageResources._002_heartbeats_sql),
    ],
    usesRedis: true,
    settings: [
      .choice("ROLE", of: ["api", "worker", "all"], default: "all", help: "What this process does."),
      .duration(
        "HEARTBEAT", default: .seconds(5), in: .milliseconds(10)...(.seconds(60)), help: "Between two heartbeats."),
      .boolean("SAMPLE_STUBBORN", default: false, help: "Whether the background task will not end, for a test."),
    ])

  package static func build(_ runtime: ServiceRuntime) async throws -> ServiceAssembly {
    let notes = NoteStore(pool: try runtime.postgres())
    let interval = runtime.settings.duration("HEARTBEAT")
    let isStubborn = runtime.settings.bool("SAMPLE_STUBBORN")
    let isWorker = runtime.settings.string("ROLE") != "api"
    let heartbeat = BackgroundTask("heartbeat") {
      while isStubborn || !Task.isCancelled {
        do {
          try await notes.beat()
          try await Task.sleep(for: interval)
        } catch  where isStubborn {
          await Task.yield()
        }
      }
    }
    return ServiceAssembly(
      services: [BenchV1.Echo.definition(NoteService(notes: notes))], tasks: isWorker ? [heartbeat] : [])
  }
}

/// Notes down what it is told, then says it back.
struct NoteService: BenchV1.Echo.Handler {
  let notes: NoteStore

  func unary(_ request: BenchV1.EchoMessage, context: ServerContext) async throws -> BenchV1.EchoMessage {
    try await notes.add(request.payload)
    return request
  }

  func stream(
    _ requests: RequestStream<BenchV1.EchoMessage>, responses: ResponseWriter<BenchV1.EchoMessage>,
    context: ServerContext
  ) async throws {
    for try await request in requests { try await responses.write(request) }
  }
}
