/// What an observation is for its listing's history. Kept with it; may change when a late one arrives.
package enum ObservationRole: Int16, Sendable {
  /// Says what was known already.
  case repeated = 0
  /// Price, list price or availability differ from here on.
  case change = 1
  /// A price far from the current one that waits for the next observation.
  case unconfirmed = 2
  /// It was not confirmed: never used.
  case glitch = 3
  /// Seen within a minute after an unconfirmed one, and like it: decides nothing.
  case aside = 4
}
