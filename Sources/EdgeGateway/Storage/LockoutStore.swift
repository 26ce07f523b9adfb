internal import PostgresClient

/// Failed attempts to sign in, shared by all gateways.
///
/// An attempt is counted before it is judged, and taken back when it was right: however many come at once, no more are
/// judged than the schedule forgives.
struct LockoutStore: Sendable {
  /// Who is counted, and how.
  struct Subject: Sendable {
    /// 32 bytes.
    var digest: [UInt8]
    var schedule: LockoutSchedule
  }

  /// Counts an attempt. One that is locked out is not counted, so that nobody's lock is made longer by others.
  ///
  /// - Returns: whether it may succeed. The same is written either way.
  func attempt(_ subject: Subject, in transaction: PostgresTransaction) async throws -> Bool {
    let schedule = subject.schedule
    let counted = try await transaction.query(
      """
      INSERT INTO lockout AS l (subject, failures, failed_at, locked_until)
      VALUES ($1, 1, now(), CASE WHEN $2 <= 1 THEN now() + $3 * interval '1 second' END)
      ON CONFLICT (subject) DO UPDATE SET
        failures = CASE WHEN l.locked_until > now() THEN l.failures
          WHEN l.failed_at < now() - $5 * interval '1 second' THEN 1 ELSE least(l.failures + 1, 1000000) END,
        failed_at = CASE WHEN l.locked_until > now() THEN l.failed_at ELSE now() END,
        locked_until = CASE WHEN l.locked_until > now() THEN l.locked_until
          WHEN l.failed_at < now() - $5 * interval '1 second' OR l.failures + 1 < $2 THEN NULL
          ELSE now() + least($3 * power(2, least(l.failures + 1 - $2, 30)), $4) * interval '1 second' END
      RETURNING failed_at = now()
      """,
      [
        subject.digest, Int32(clamping: schedule.free), schedule.first.secondsValue, schedule.maximum.secondsValue,
        schedule.memory.secondsValue,
      ]
    ).scalar(Bool.self)
    return counted ?? false
  }

  /// Forgets all failures of a subject.
  func clear(_ digest: [UInt8], in transaction: PostgresTransaction) async throws {
    try await transaction.execute("DELETE FROM lockout WHERE subject = $1", [digest])
  }

  /// Takes back the last attempt of a subject that is not beyond what is forgiven. Beyond that it stays: otherwise
  /// somebody with an account of his own would have guesses for free.
  func takeBack(_ subject: Subject, in transaction: PostgresTransaction) async throws {
    try await transaction.execute(
      "UPDATE lockout SET failures = failures - 1 WHERE subject = $1 AND failures BETWEEN 1 AND $2 - 1",
      [subject.digest, Int32(clamping: subject.schedule.free)])
  }
}

extension Duration {
  /// Seconds with a fraction, as SQL's arithmetic wants them.
  var secondsValue: Double { self / .seconds(1) }
}
