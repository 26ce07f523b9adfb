internal import MeshMessages
internal import Synchronization

/// Looks at the mesh every few seconds and keeps what it saw for an hour, for the operators' pages.
///
/// It is this process's own memory of itself and of what the services tell; what is watched for longer is Prometheus's.
package final class Trends: Sendable {
  static let interval = Duration.seconds(10)
  /// An hour of samples.
  static let capacity = 360

  private struct Counts {
    var at: ContinuousClock.Instant
    var requests: Int64
    var failures: Int64
    var hits: Int64
    var misses: Int64
  }

  private struct State {
    var ring = TrendRing(capacity: Trends.capacity)
    var before: Counts?
  }

  private let requests: RequestTally
  private let cache: CacheMetrics
  private let state = Mutex(State())

  init(requests: RequestTally, cache: CacheMetrics) {
    self.requests = requests
    self.cache = cache
  }

  /// Oldest first.
  var samples: [TrendSample] { state.withLock { $0.ring.samples } }

  /// Until it is cancelled.
  package func run(_ backends: Backends, now: @Sendable () -> Int64) async throws {
    while true {
      await look(backends, at: now())
      try await Task.sleep(for: Self.interval)
    }
  }

  /// Takes one sample. A service that does not answer leaves its figures out.
  ///
  /// - Parameter moment: seconds since 1970.
  func look(_ backends: Backends, at moment: Int64, clock: ContinuousClock.Instant = .now) async {
    async let scheduler = try? backends.scheduler.getStatus(.init(), options: backends.read)
    async let sources = try? backends.scheduler.listSources(.init(), options: backends.read)
    async let notifier = try? backends.notifier.getStatus(.init(), options: backends.read)
    var sample = TrendSample(at: moment)
    Self.fill(&sample, await scheduler, await sources, await notifier)
    let counts = Counts(
      at: clock, requests: requests.requests, failures: requests.failures, hits: cache.hits.count + cache.stale.count,
      misses: cache.misses.count + cache.coalesced.count)
    state.withLock { state in
      if let before = state.before { Self.fill(&sample, before, counts) }
      state.before = counts
      state.ring.add(sample)
    }
  }

  private static func fill(
    _ sample: inout TrendSample, _ scheduler: PricingV1.SchedulerStatus?, _ sources: PricingV1.ListSourcesResponse?,
    _ notifier: NotifierV1.NotifierStatus?
  ) {
    if let scheduler {
      sample[.due] = scheduler.jobs.reduce(0) { $0 + $1.due }
      sample[.overdue] = scheduler.jobs.reduce(0) { $0 + $1.overdue }
      sample[.catalogLag] = scheduler.catalogLag?.milliseconds
    }
    if let notifier {
      sample[.pending] = notifier.pending
      sample[.parked] = notifier.parked
      sample[.pricingLag] = notifier.pricingLag?.milliseconds
    }
    if let sources {
      sample[.sourceSuccess] = Share.basisPoints(
        sources.sources.reduce(0) { $0 + $1.succeeded24h },
        of: sources.sources.reduce(0) { $0 + $1.succeeded24h + $1.failed24h })
    }
  }

  private static func fill(_ sample: inout TrendSample, _ before: Counts, _ now: Counts) {
    let milliseconds = (now.at - before.at).wholeMilliseconds
    let requests = now.requests - before.requests
    if milliseconds > 0 { sample[.requestRate] = requests * 1_000_000 / milliseconds }
    sample[.failureShare] = Share.basisPoints(now.failures - before.failures, of: requests)
    let hits = now.hits - before.hits
    sample[.hitShare] = Share.basisPoints(hits, of: hits + now.misses - before.misses)
  }
}

enum Share {
  /// A part of a whole in basis points, rounded down; nil without a whole.
  static func basisPoints(_ part: Int64, of whole: Int64) -> Int64? {
    guard whole > 0 else { return nil }
    return Int64(clamping: Int128(part) * 10_000 / Int128(whole))
  }
}
