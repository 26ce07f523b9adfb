internal import CoreMetrics
internal import HTTPTypes
internal import Synchronization

/// Counts live clients, in all and by address.
final class LivePlaces: Sendable {
  private struct State {
    var total = 0
    var bySubject: [RateSubject: Int] = [:]
  }

  private let configuration: LiveConfiguration
  private let state = Mutex(State())
  private let metrics: LiveMetrics

  init(_ configuration: LiveConfiguration, _ metrics: LiveMetrics) {
    self.configuration = configuration
    self.metrics = metrics
  }

  var count: Int { state.withLock { $0.total } }

  private enum Refusal { case process, address }

  /// - Parameter isExempt: whether only the bound of the process counts.
  /// - Throws: `Problem` 503 when there are too many, 429 when there are too many of this address.
  func take(_ subject: RateSubject, isExempt: Bool) throws(Problem) -> LivePlace {
    let perSubject = isExempt || subject == .local ? 0 : configuration.clientsPerAddress
    let refusal = state.withLock { state -> Refusal? in
      guard state.total < configuration.maximumClients else { return .process }
      if perSubject > 0 {
        guard state.bySubject[subject, default: 0] < perSubject else { return .address }
        state.bySubject[subject, default: 0] += 1
      }
      state.total += 1
      metrics.clients.record(state.total)
      return nil
    }
    switch refusal {
    case nil: return LivePlace(self, perSubject > 0 ? subject : nil)
    case .process?:
      metrics.refused.increment()
      throw Problem(.serviceUnavailable, .unavailable, "there are too many live clients; try again in 5 s")
        .with(.retryAfter, "5")
    case .address?:
      metrics.refused.increment()
      throw Problem(
        .tooManyRequests, Problem.Code("too_many_streams"),
        "this address has \(perSubject) live clients, as many as it may; close one, or try again in 10 s"
      ).with(.retryAfter, "10")
    }
  }

  fileprivate func give(_ subject: RateSubject?) {
    state.withLock { state in
      state.total -= 1
      metrics.clients.record(state.total)
      guard let subject, let count = state.bySubject[subject] else { return }
      state.bySubject[subject] = count > 1 ? count - 1 : nil
    }
  }
}

/// A live client's place, given back when the last who holds it is gone.
final class LivePlace: Sendable {
  private let places: LivePlaces
  private let subject: RateSubject?

  fileprivate init(_ places: LivePlaces, _ subject: RateSubject?) {
    self.places = places
    self.subject = subject
  }

  deinit { places.give(subject) }
}
