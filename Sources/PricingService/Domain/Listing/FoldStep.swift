/// What one observation did.
package struct FoldStep: Hashable, Sendable {
  /// What the observation itself is.
  package var role: ObservationRole
  /// An earlier one whose role is known only now: the one that was held.
  package var resolved: Resolved?
  package var changes: [ListingChange] = []

  package struct Resolved: Hashable, Sendable {
    package var at: Moment
    package var role: ObservationRole
  }
}
