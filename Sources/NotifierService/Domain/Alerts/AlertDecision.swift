/// What an event means for an alert, and what the alert remembers from now on.
struct AlertDecision: Sendable {
  var outcome: Outcome
  var state: AlertState

  enum Outcome: Hashable, Sendable {
    /// The condition is not met, or the event is none of the alert's.
    case nothing
    /// The condition is met, and yet nobody is told.
    case hold(HoldReason)
    case fire(FireReason)
  }

  enum HoldReason: Hashable, Sendable {
    case paused
    /// An archive was imported: not news.
    case history
    /// The time that `Rearm.after` names has not passed.
    case rearming
    /// No better than what was told within the day.
    case repetition
    /// Out of stock only for moments.
    case flapping
  }
}

/// Why a person is told.
enum FireReason: Hashable, Sendable {
  case targetReached(target: Money)
  case dropped(from: Money)
  case changed(from: Money)
  case backInStock
  case allTimeLow
  case lowestInDays(Int)
  case deal(DealSummary)
}
