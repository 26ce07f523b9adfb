/// Keeps one bad scrape from becoming a price (DOMAIN: "Glitch guard").
///
/// A price above 3 times or below a third of the current one is held. The next observation that is at least a minute
/// younger confirms it if its price lies within 10 %; anything else refutes it. Within the minute, what resembles the
/// held price decides nothing, and what does not refutes it at once.
package struct GlitchGuard: Hashable, Sendable {
  /// The last confirmed price, whatever the availability; nil before the first.
  package var current: Int64?
  /// The observation that waits.
  package var held: Observation?

  /// How much younger a confirmation must be, in milliseconds.
  package static let minimumAge: Int64 = 60_000

  package init(current: Int64? = nil, held: Observation? = nil) {
    self.current = current
    self.held = held
  }

  /// What becomes of an observation, and of the one that was held before it.
  package enum Verdict: Hashable, Sendable {
    /// It counts.
    case accepted
    /// It waits; nothing was held before.
    case held
    /// It counts, and so does the one that was held, from its own time on.
    case confirmed(Observation)
    /// It says nothing about the held one, which still waits.
    case aside
    /// The held one was a glitch; this one counts.
    case refuted(Observation)
    /// The held one was a glitch; this one waits now.
    case replaced(Observation)
  }

  /// Takes the next observation in order of time.
  package mutating func take(_ observation: Observation) -> Verdict {
    if let waiting = held, let suspect = waiting.price {
      if let price = observation.price, Self.isNear(price, suspect) {
        guard observation.at - waiting.at >= Self.minimumAge else { return .aside }
        held = nil
        current = price
        return .confirmed(waiting)
      }
      held = nil
      return admit(observation) ? .refuted(waiting) : .replaced(waiting)
    }
    return admit(observation) ? .accepted : .held
  }

  /// Takes over the price unless it is far from the current one; holds it then.
  private mutating func admit(_ observation: Observation) -> Bool {
    guard let price = observation.price else { return true }
    if let current, Self.isFar(price, from: current) {
      held = observation
      return false
    }
    current = price
    return true
  }

  /// Above 3 times, or below a third.
  static func isFar(_ price: Int64, from current: Int64) -> Bool {
    price > 3 * current || 3 * price < current
  }

  /// Within 10 % of the suspect price, the bounds included.
  static func isNear(_ price: Int64, _ suspect: Int64) -> Bool {
    10 * abs(price - suspect) <= suspect
  }
}
