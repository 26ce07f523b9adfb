internal import Metrics
internal import Synchronization

/// Asks a primary and its replica again and again where their logs are, and says whether reads may go to the replica.
///
/// A replica that is further behind than it may be is left alone for as long as the primary answers. When it does not,
/// old data is all there is. Confined to the I/O thread.
final class ReplicaWatch {
  /// Of a standby what it has replayed, of a primary what it has written: a commit is acknowledged after that.
  private static let question = """
    SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0')::bigint
    """
  /// Between two questions until something is known.
  private static let firstInterval: UInt64 = 50_000_000

  private unowned let replica: PoolCore
  private let primary: PoolCore
  private let maximumLag: UInt64
  private let interval: UInt64
  /// How long an answer may take.
  private let patience: UInt64
  private let lagGauge: Gauge
  private let useGauge: Gauge

  private var progress = ReplicaProgress()
  private var nextQuestionAt: UInt64 = 0
  private var primaryAnswered: UInt64
  private var underWay = (primary: false, replica: false)

  init(replica: PoolCore, primary: PoolCore, maximumLag: Duration, factory: any MetricsFactory) {
    self.replica = replica
    self.primary = primary
    self.maximumLag = maximumLag.clampedNanoseconds
    interval = min(max(self.maximumLag / 5, 100_000_000), 1_000_000_000)
    patience = min(self.maximumLag / 2, 2_000_000_000)
    primaryAnswered = replica.thread.now
    let dimensions = [("pool", replica.name)]
    lagGauge = Gauge(label: "postgres_replica_lag_seconds", dimensions: dimensions, factory: factory)
    useGauge = Gauge(label: "postgres_replica_in_use", dimensions: dimensions, factory: factory)
  }

  func tick() {
    guard !replica.isClosed else { return }
    let now = replica.thread.now
    if now >= nextQuestionAt {
      nextQuestionAt = now + (progress.shown == nil ? Self.firstInterval : interval)
      ask()
    }
    replica.wake(at: nextQuestionAt)
    judge()
  }

  private func ask() {
    let now = replica.thread.now
    if !underWay.primary, !primary.connections.isEmpty {
      underWay.primary = true
      submit(to: primary) { watch, position in
        watch.underWay.primary = false
        guard let position else { return }
        watch.primaryAnswered = watch.replica.thread.now
        watch.progress.primaryWas(at: position, asked: now)
      }
    }
    if !underWay.replica, !replica.connections.isEmpty {
      underWay.replica = true
      submit(to: replica) { watch, position in
        watch.underWay.replica = false
        if let position { watch.progress.replicaHas(position) }
      }
    }
  }

  private func submit(to core: PoolCore, _ body: @escaping (ReplicaWatch, Int64?) -> Void) {
    let now = replica.thread.now
    let operation = QueryOperation(
      sql: Self.question, parameters: PostgresParameters(), isRead: true, started: now, deadline: now + patience,
      lease: nil,
      eventLoop: nil)
    operation.onFinish = { [weak self, weak operation] outcome in
      guard let self else { return }
      // A question to a replica whose connection broke is answered by the primary, of itself. A standby that has only
      // begun has no answer; a failure is counted by the pool.
      let isPassedOn = operation?.core != nil
      body(self, isPassedOn ? nil : try? PostgresRows(result: outcome.get()).scalar(Int64.self))
      judge()
    }
    core.submit(operation)
  }

  private func judge() {
    let now = replica.thread.now
    let lag = progress.lag(at: now)
    let isRecent = lag.map { $0 <= maximumLag } ?? false
    let primaryAnswers = now - min(now, primaryAnswered) <= interval + patience
    let isUsable = isRecent || !primaryAnswers
    replica.isUsable.store(isUsable, ordering: .relaxed)
    if let lag { lagGauge.record(Double(lag) / 1e9) }
    useGauge.record(isUsable && !replica.connections.isEmpty ? 1 : 0)
  }
}
