internal import NIOCore

/// Calls in turns, so that each client hears something once in a period and not all at the same moment. One timer,
/// which begins at a moment of its own.
///
/// Belongs to the event loop.
final class LivePulse: @unchecked Sendable {
  static let turns = 15

  private var task: RepeatedTask?
  private var turn = 0

  /// - Parameters:
  ///   - period: milliseconds for all turns.
  ///   - call: is given the turn's number, below `turns`.
  init(_ eventLoop: any EventLoop, period: Int64, call: @escaping @Sendable (Int) -> Void) {
    let delay = max(10, period / Int64(Self.turns))
    task = eventLoop.scheduleRepeatedTask(
      initialDelay: .milliseconds(.random(in: 1...delay)), delay: .milliseconds(delay)
    ) { [weak self] _ in
      guard let self else { return }
      turn = (turn + 1) % Self.turns
      call(turn)
    }
  }

  func cancel() { task?.cancel() }
}
