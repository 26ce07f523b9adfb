package import PostgresClient

extension Moment {
  /// The time in PostgreSQL's form.
  package var timestamp: Timestamp { Timestamp(microseconds: milliseconds * 1000) }

  /// A time of PostgreSQL's, cut to the millisecond.
  package init(_ timestamp: Timestamp) {
    let (quotient, remainder) = timestamp.microseconds.quotientAndRemainder(dividingBy: 1000)
    self.init(milliseconds: remainder < 0 ? quotient - 1 : quotient)
  }

  /// By this machine's clock.
  package static func now() -> Moment { Moment(Timestamp.now()) }
}
