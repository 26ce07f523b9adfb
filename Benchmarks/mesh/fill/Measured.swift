import Glibc
import Synchronization

/// How many rows were taken over, and in what time.
struct Measured: Sendable {
  var rows = 0
  var seconds = 0.0

  var json: String {
    "{\"rows\":\(rows),\"seconds\":\(seconds),\"per_second\":\(Double(rows) / max(seconds, 1e-9))}"
  }

  /// Makes a request of each number and sends it, several at a time, and tells of the progress on standard error.
  /// - Parameters:
  ///   - make: a request and the rows in it.
  ///   - send: gives the rows that were taken over.
  /// - Throws: what `send` throws; `FillError` when not all rows were taken over.
  static func run<Request: Sendable>(
    _ numbers: [Int64], calls: Int = 1, make: @escaping @Sendable (Int64) -> (Request, Int),
    send: @escaping @Sendable (Request) async throws -> Int
  ) async throws -> Measured {
    let progress = FillProgress()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<max(1, calls) {
        group.addTask {
          while let index = progress.next(below: numbers.count) {
            let (request, count) = make(numbers[index])
            let taken = try await send(request)
            guard taken == count else { throw FillError("\(taken) of \(count) rows taken over") }
            progress.add(count)
          }
        }
      }
      try await group.waitForAll()
    }
    return progress.measured
  }
}

/// What the calls of a fill share.
private final class FillProgress: Sendable {
  private let next = Atomic(0)
  private let rows = Mutex((done: 0, told: 0))
  private let start = ContinuousClock.now

  func next(below end: Int) -> Int? {
    let index = next.add(1, ordering: .relaxed).oldValue
    return index < end ? index : nil
  }

  func add(_ count: Int) {
    let told: Int? = rows.withLock { rows in
      rows.done += count
      guard rows.done - rows.told >= 500_000 else { return nil }
      rows.told = rows.done
      return rows.done
    }
    guard let told else { return }
    let line = Array("\(told) rows, \(Int(Double(told) / seconds))/s\n".utf8)
    // A reader that has gone does not stop the fill.
    _ = write(STDERR_FILENO, line, line.count)
  }

  var measured: Measured { Measured(rows: rows.withLock { $0.done }, seconds: seconds) }

  private var seconds: Double {
    let elapsed = ContinuousClock.now - start
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
  }
}
