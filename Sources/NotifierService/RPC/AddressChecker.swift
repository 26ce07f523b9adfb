/// Whether a webhook may be called: what its text alone tells. Where its name leads is checked with each call.
protocol AddressChecker: Sendable {
  /// - Returns: what is wrong with it, for a person; nil when nothing is.
  func problem(with url: String) -> String?
}
