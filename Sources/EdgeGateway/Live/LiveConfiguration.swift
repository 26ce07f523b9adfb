package import ServiceKit

/// How many live clients there may be, and what each may cost.
package struct LiveConfiguration: Sendable {
  /// Clients in this process.
  package var maximumClients = 20_000
  /// Clients of one address; 0: as many as come.
  package var clientsPerAddress = 20
  /// How often a client hears something. Milliseconds.
  package var heartbeat: Int64 = 15_000
  /// Bytes that wait for a client before it counts as slow.
  package var maximumBufferedBytes = 64 << 10
  /// Deals' events that are kept for clients that come back: their number, their bytes, their age in milliseconds.
  package var maximumEvents = 4096
  package var maximumEventBytes = 16 << 20
  package var maximumEventAge: Int64 = 3_600_000

  /// How long a streaming call may last, less up to a tenth, so that those who began together do not all come back at once.
  package var callLifetime = Duration.seconds(3600)

  package init() {}

  package init(_ settings: Settings) {
    maximumClients = settings.int("LIVE_MAX_CLIENTS")
    clientsPerAddress = settings.bool("RATE_LIMITS") ? settings.int("LIVE_CLIENTS_PER_ADDRESS") : 0
    let components = settings.duration("LIVE_HEARTBEAT").components
    heartbeat = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    maximumEvents = settings.int("LIVE_EVENTS")
    callLifetime = settings.duration("LIVE_CALL_LIFETIME")
  }

  package static let settings: [Setting] = [
    .integer(
      "LIVE_MAX_CLIENTS", default: 20_000, in: 0...1_000_000,
      help: "Live clients (event streams, WebSockets, streaming calls) of this process; more are turned away with 503."),
    .integer(
      "LIVE_CLIENTS_PER_ADDRESS", default: 20, in: 0...1_000_000,
      help: "Live clients of one address; more get 429. 0: no bound."),
    .duration(
      "LIVE_HEARTBEAT", default: .seconds(15), in: .milliseconds(200)...(.seconds(120)),
      help: "How often a live client hears something. One that takes nothing from one time to the next is dropped."),
    .integer(
      "LIVE_EVENTS", default: 4096, in: 16...100_000,
      help: "Deals' events that are kept for clients that come back with the id of their last one."),
    .duration(
      "LIVE_CALL_LIFETIME", default: .seconds(3600), in: .seconds(1)...(.seconds(7 * 86_400)),
      help: "How long a streaming call over gRPC lasts at most; then it ends with UNAVAILABLE, to be called again."),
  ]
}
