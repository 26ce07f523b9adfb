import NIOConcurrencyHelpers
import NIOCore

/// Counts connections in total and for each peer address, over all event loops.
final class ConnectionLimiter: Sendable {
  private struct State {
    var total = 0
    var perPeer: [String: Int] = [:]
  }

  private let maxTotal: Int
  private let maxPerPeer: Int
  private let state = NIOLockedValueBox(State())

  init(maxTotal: Int, maxPerPeer: Int) {
    self.maxTotal = maxTotal
    self.maxPerPeer = maxPerPeer
  }

  var count: Int { state.withLockedValue { $0.total } }

  /// Takes a place. False when there is none; a place taken must be given back by `release`.
  func acquire(_ peer: String?) -> Bool {
    state.withLockedValue { state in
      guard state.total < maxTotal else { return false }
      if maxPerPeer > 0, let peer {
        guard state.perPeer[peer, default: 0] < maxPerPeer else { return false }
        state.perPeer[peer, default: 0] += 1
      }
      state.total += 1
      return true
    }
  }

  func release(_ peer: String?) {
    state.withLockedValue { state in
      state.total -= 1
      guard maxPerPeer > 0, let peer, let count = state.perPeer[peer] else { return }
      state.perPeer[peer] = count > 1 ? count - 1 : nil
    }
  }
}
