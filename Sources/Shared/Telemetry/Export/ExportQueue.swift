internal import Synchronization

/// What waits to be sent: bounded, and never waited for by those who add to it.
///
/// One task takes from it; any thread adds.
final class ExportQueue<Item: Sendable>: Sendable {
  private struct State {
    var items: [Item] = []
    var isFinished = false
    /// The one who takes, while there is nothing.
    var waiter: CheckedContinuation<Void, Never>?
    /// The one who takes, while it pauses.
    var pause: Task<Void, Never>?
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: items that may wait.
  init(capacity: Int) { self.capacity = capacity }

  /// Adds an item.
  ///
  /// - Returns: false when there is no room, or nobody will take it any more.
  func offer(_ item: Item) -> Bool {
    let (isTaken, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
      guard !state.isFinished, state.items.count < capacity else { return (false, nil) }
      state.items.append(item)
      defer { state.waiter = nil }
      return (true, state.waiter)
    }
    waiter?.resume()
    return isTaken
  }

  /// Waits until there is something.
  ///
  /// - Returns: false when there is nothing and never will be.
  func wait() async -> Bool {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if state.isFinished || !state.items.isEmpty { return true }
        state.waiter = continuation
        return false
      }
      if isOver { continuation.resume() }
    }
    return state.withLock { !$0.items.isEmpty }
  }

  /// The oldest items, at most so many.
  func take(_ count: Int) -> [Item] {
    state.withLock { state in
      let taken = Array(state.items.prefix(count))
      state.items.removeFirst(taken.count)
      return taken
    }
  }

  /// How many wait.
  var count: Int { state.withLock { $0.items.count } }

  var isFinished: Bool { state.withLock { $0.isFinished } }

  /// Waits so long, or until the end.
  func pause(for time: Duration) async {
    let pause = state.withLock { state -> Task<Void, Never>? in
      guard !state.isFinished else { return nil }
      let pause = Task<Void, Never> {
        // Cancelled by `finish`, which ends the pause.
        try? await Task.sleep(for: time)
      }
      state.pause = pause
      return pause
    }
    await pause?.value
  }

  /// No more is taken in; what waits may still be taken out.
  func finish() {
    let (waiter, pause) = state.withLock { state in
      state.isFinished = true
      defer {
        state.waiter = nil
        state.pause = nil
      }
      return (state.waiter, state.pause)
    }
    waiter?.resume()
    pause?.cancel()
  }
}
