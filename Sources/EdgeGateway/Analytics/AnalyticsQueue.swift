internal import CoreMetrics
internal import EventLog
internal import PostgresClient
internal import Synchronization

/// Events between those who tell of them, which never wait, and the writer.
final class AnalyticsQueue: Sendable {
  /// What is written together. It keeps its id until it is written, so that it is written once.
  struct Batch: Sendable {
    let id: UUIDBytes
    let events: [AnalyticsEvent]
  }

  private struct State {
    var waiting: [AnalyticsEvent] = []
    /// Taken, and not written yet.
    var inHand: Batch?
    /// Events of this minute.
    var minute: Int64 = 0
    var counts: [RateSubject: Int] = [:]
    var count = 0
  }

  /// Events that may wait: some MiB.
  static let maximumWaiting = 10_000
  /// Events of one address in a minute: as many as some hundred people at one router make.
  static let maximumPerMinute = 600
  /// Events of all addresses in a minute: what many who act together can have written stays some GiB a day.
  static let maximumPerMinuteInAll = 60_000
  /// Addresses that are told apart in a minute.
  private static let maximumSubjects = 50_000
  static let batchSize = 1000

  let metrics = AnalyticsMetrics()
  /// Says that there is something to write.
  let signal = WakeSignal()
  private let state = Mutex(State())
  private let now: @Sendable () -> Int64

  /// - Parameter now: nanoseconds of a clock that never goes back.
  init(now: @escaping @Sendable () -> Int64 = { RateClock.now() }) { self.now = now }

  /// Takes all of these events of one address, or drops and counts them.
  func add(_ events: [AnalyticsEvent], from subject: RateSubject) {
    let minute = now() / 60_000_000_000
    let (count, refusal) = state.withLock { state -> (Int, Counter?) in
      if state.minute != minute {
        state.minute = minute
        state.counts.removeAll(keepingCapacity: true)
        state.count = 0
      }
      let waiting = state.waiting.count + (state.inHand?.events.count ?? 0)
      let told = state.counts[subject]
      guard (told ?? 0) + events.count <= Self.maximumPerMinute,
        told != nil || state.counts.count < Self.maximumSubjects,
        state.count + events.count <= Self.maximumPerMinuteInAll
      else { return (waiting, metrics.flood) }
      guard waiting + events.count <= Self.maximumWaiting else { return (waiting, metrics.full) }
      state.counts[subject] = (told ?? 0) + events.count
      state.count += events.count
      state.waiting += events
      return (waiting + events.count, nil)
    }
    metrics.waiting.record(count)
    if let refusal {
      refusal.increment(by: events.count)
      return
    }
    for event in events { metrics.taken(event.kind) }
    signal.wake()
  }

  /// The batch that was taken before and not written, or the next one; nil when nothing waits.
  func take() -> Batch? {
    state.withLock { state in
      if let batch = state.inHand { return batch }
      guard !state.waiting.isEmpty else { return nil }
      let batch = Batch(id: .random(), events: Array(state.waiting.prefix(Self.batchSize)))
      state.waiting.removeFirst(batch.events.count)
      state.inHand = batch
      return batch
    }
  }

  /// To be called when the batch that was taken is written, or never will be.
  func finish() {
    let count = state.withLock { state in
      state.inHand = nil
      return state.waiting.count
    }
    metrics.waiting.record(count)
  }

  /// Gives up what waits.
  /// - Returns: how many that were.
  func abandon() -> Int {
    state.withLock { state in
      defer { (state.waiting, state.inHand) = ([], nil) }
      return state.waiting.count + (state.inHand?.events.count ?? 0)
    }
  }
}
