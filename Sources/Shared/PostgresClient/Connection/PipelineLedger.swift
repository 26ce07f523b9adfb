internal import NIOCore

/// What was sent on a connection in pipeline mode and not yet answered, in order, and what each answer means.
///
/// The server answers every message in turn; after an error it skips all up to the next Sync (PostgreSQL
/// documentation, "Pipelining"). libpq ends each answer but a Sync's with a null result.
struct PipelineLedger<Operation> {
  enum Step {
    /// Parse for an operation that follows.
    case prepare(Operation)
    case execute(Operation)
    /// A statement of the connection's own, whose result nobody waits for.
    case housekeeping(Housekeeping)
    case sync
  }

  enum Housekeeping: Equatable {
    /// DEALLOCATE of a statement that fell out of the cache.
    case deallocate(String)
  }

  enum Answer { case success, failure, aborted, sync, end }

  enum Action {
    case none
    case prepared(Operation)
    /// Nothing was executed: the statement itself is wrong.
    case prepareFailed(Operation)
    /// The operation's statement was never parsed, since a neighbour had failed.
    case prepareAborted(Operation)
    case succeeded(Operation)
    case failed(Operation)
    /// Never executed, since a neighbour, or its own Parse, had failed.
    case aborted(Operation)
    case housekeepingFailed(Housekeeping)
    case synced
    /// The commit that a Sync stands for failed (a deferred constraint, a shutdown).
    case syncFailed
    /// An answer that does not belong here: the connection cannot be trusted any more.
    case violation
  }

  private var steps = CircularBuffer<Step>(initialCapacity: 64)
  private var isHeadAnswered = false
  private var isSyncEnded = false
  /// Operations under way.
  private(set) var operationCount = 0

  var isEmpty: Bool { steps.isEmpty }

  mutating func append(_ step: Step) {
    if case .execute = step { operationCount += 1 }
    steps.append(step)
  }

  /// The operation whose answer comes next, looking past what is already answered.
  var head: Operation? {
    for (index, step) in steps.enumerated() {
      if index == 0, isHeadAnswered { continue }
      switch step {
      case .prepare(let operation), .execute(let operation): return operation
      case .sync, .housekeeping: continue
      }
    }
    return nil
  }

  /// Operations whose answer has not come, in order.
  var operations: [Operation] {
    steps.enumerated().compactMap { index, step in
      if index == 0, isHeadAnswered { return nil }
      if case .execute(let operation) = step { return operation }
      return nil
    }
  }

  mutating func receive(_ answer: Answer) -> Action {
    guard let step = steps.first else { return .violation }
    switch (step, answer) {
    case (.sync, .sync):
      isHeadAnswered = false
      isSyncEnded = false
      steps.removeFirst()
      return .synced
    case (.sync, .failure):
      guard !isHeadAnswered else { return .violation }
      isHeadAnswered = true
      return .syncFailed
    case (.sync, .end):
      // libpq ends the failure's answer as any other; a second end would be none of its doing.
      guard isHeadAnswered, !isSyncEnded else { return .violation }
      isSyncEnded = true
      return .none
    case (.sync, _), (_, .sync):
      return .violation
    case (_, .end):
      guard isHeadAnswered else { return .violation }
      isHeadAnswered = false
      steps.removeFirst()
      return .none
    default:
      guard !isHeadAnswered else { return .violation }
      isHeadAnswered = true
      return action(step, answer)
    }
  }

  private mutating func action(_ step: Step, _ answer: Answer) -> Action {
    switch (step, answer) {
    case (.prepare(let operation), .success): return .prepared(operation)
    case (.prepare(let operation), .failure): return .prepareFailed(operation)
    case (.prepare(let operation), _): return .prepareAborted(operation)
    case (.execute(let operation), _):
      operationCount -= 1
      switch answer {
      case .success: return .succeeded(operation)
      case .failure: return .failed(operation)
      default: return .aborted(operation)
      }
    case (.housekeeping, .success): return .none
    case (.housekeeping(let work), _): return .housekeepingFailed(work)
    case (.sync, _): return .violation
    }
  }

  /// Takes out what is unanswered, when the connection is gone.
  mutating func removeAll() -> [Operation] {
    defer {
      steps.removeAll()
      isHeadAnswered = false
      isSyncEnded = false
      operationCount = 0
    }
    return operations
  }
}
