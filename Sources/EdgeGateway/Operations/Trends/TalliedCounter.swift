internal import CoreMetrics
internal import Synchronization

/// A counter that can be read in the process as well.
final class TalliedCounter: Sendable {
  private let counter: Counter
  private let number = Atomic<Int64>(0)

  init(_ label: String, _ dimensions: [(String, String)]) { counter = Counter(label: label, dimensions: dimensions) }

  func increment() {
    number.wrappingAdd(1, ordering: .relaxed)
    counter.increment()
  }

  /// How often, since the process began.
  var count: Int64 { number.load(ordering: .relaxed) }
}

/// Requests that were answered, of all routes together.
final class RequestTally: Sendable {
  private let all = Atomic<Int64>(0)
  private let failed = Atomic<Int64>(0)

  func count(status: Int) {
    all.wrappingAdd(1, ordering: .relaxed)
    if status >= 500 { failed.wrappingAdd(1, ordering: .relaxed) }
  }

  var requests: Int64 { all.load(ordering: .relaxed) }
  /// Those answered with 500 and above.
  var failures: Int64 { failed.load(ordering: .relaxed) }
}
