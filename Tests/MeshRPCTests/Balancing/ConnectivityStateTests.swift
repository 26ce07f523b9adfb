import Testing

@testable import MeshRPC

@Suite("Connectivity state")
struct ConnectivityStateTests {
  @Test("READY wins over CONNECTING, IDLE and TRANSIENT_FAILURE, in every combination of three")
  func aggregate() {
    let order: [ConnectivityState] = [.ready, .connecting, .idle, .transientFailure]
    for first in ConnectivityState.allCases {
      for second in ConnectivityState.allCases {
        for third in ConnectivityState.allCases {
          let states = [first, second, third]
          let expected = order.first { states.contains($0) } ?? .transientFailure
          #expect(ConnectivityState.aggregate(states) == expected)
        }
      }
    }
    #expect(ConnectivityState.aggregate([]) == .transientFailure)
  }

  @Test("A failed endpoint shows its failure until it is ready")
  func shown() {
    for state in ConnectivityState.allCases {
      for next in ConnectivityState.allCases {
        let isHidden = state == .transientFailure && (next == .connecting || next == .idle)
        #expect(state.shown(after: next) == (isHidden ? .transientFailure : next))
      }
    }
  }

  @Test("The names are gRPC's")
  func names() {
    let names = ConnectivityState.allCases.map(\.rawValue)
    #expect(names == ["IDLE", "CONNECTING", "READY", "TRANSIENT_FAILURE", "SHUTDOWN"])
  }
}
