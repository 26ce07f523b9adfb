internal import PostgresClient

extension DeliveryStore {
  /// Writes what became of a message, if it is still the sender's.
  /// - Returns: false when another sender has taken it since.
  @discardableResult
  func settle(
    _ message: OutgoingMessage, _ kind: ChannelKind, _ outcome: SendOutcome, retries: RetrySchedule
  ) async throws -> Bool {
    switch outcome {
    case .accepted: return try await accepted(message)
    case .slowDown(let pause): return try await slowDown(message, kind, pause)
    case .failed(let reason):
      var generator = SystemRandomNumberGenerator()
      let failures = Int(message.failures) + 1
      guard let pause = retries.pause(afterFailures: failures, using: &generator) else {
        let text = "gave up after \(failures) attempts: \(reason)"
        // All mail goes by one server: that it is away is no mailbox's fault.
        return try await park(message, text, refusals: kind == .email ? 0 : 1)
      }
      return try await failed(message, reason, pause)
    case .refused(let reason): return try await park(message, reason)
    case .channelGone(let reason): return try await park(message, reason, refusals: Self.maximumRefusals)
    case .expired: return try await drop(message)
    }
  }

  private func drop(_ message: OutgoingMessage) async throws -> Bool {
    try await pool.execute(
      """
      UPDATE delivery SET state = 4, last_error = 'its time was over before it could be sent'
      WHERE id = $1 AND attempts = $2 AND state = 1
      """, [message.id, message.attempt]) > 0
  }

  private func accepted(_ message: OutgoingMessage) async throws -> Bool {
    try await pool.query(
      """
      WITH settled AS (
        UPDATE delivery SET state = 2, sent_at = clock_timestamp(), last_error = ''
        WHERE id = $1 AND attempts = $2 AND state = 1
        RETURNING channel_id
      ), healthy AS (
        UPDATE channel SET refusals = 0, last_error = ''
        WHERE id IN (SELECT channel_id FROM settled) AND (refusals > 0 OR last_error <> '')
      )
      SELECT count(*) FROM settled
      """, [message.id, message.attempt]
    ).scalar(Int.self) ?? 0 > 0
  }

  private func failed(_ message: OutgoingMessage, _ reason: String, _ pause: Duration) async throws -> Bool {
    try await pool.query(
      """
      WITH settled AS (
        UPDATE delivery SET failures = failures + 1, last_error = $3, due_at = clock_timestamp() + $4 * interval '1 second'
        WHERE id = $1 AND attempts = $2 AND state = 1
        RETURNING channel_id
      ), told AS (
        UPDATE channel SET last_error = $3 WHERE id IN (SELECT channel_id FROM settled)
      )
      SELECT count(*) FROM settled
      """, [message.id, message.attempt, reason, pause.secondsValue]
    ).scalar(Int.self) ?? 0 > 0
  }

  /// The chat waits. When a second one is told to wait while the first one does, it is the bot that is too fast, and all
  /// wait.
  private func slowDown(_ message: OutgoingMessage, _ kind: ChannelKind, _ pause: Duration) async throws -> Bool {
    try await pool.withTransaction { transaction in
      let others = try await transaction.query(
        """
        SELECT EXISTS (
          SELECT FROM pace WHERE kind = $1 AND address <> '' AND address <> $2 AND blocked_until > clock_timestamp())
        """, [kind.rawValue, message.address]
      ).scalar(Bool.self)
      let addresses = others == true ? ["", message.address] : [message.address]
      // In order of the key, as the plan writes them; the kind's own row last there, first here: it is locked before
      // all others by whoever plans.
      for address in addresses {
        try await transaction.execute(
          """
          INSERT INTO pace AS p (kind, address, blocked_until)
          VALUES ($1, $2, clock_timestamp() + $3 * interval '1 second')
          ON CONFLICT (kind, address) DO UPDATE SET blocked_until = greatest(p.blocked_until, excluded.blocked_until)
          """, [kind.rawValue, address, pause.secondsValue])
      }
      return try await transaction.execute(
        """
        UPDATE delivery SET last_error = 'asked to wait', due_at = clock_timestamp() + $3 * interval '1 second'
        WHERE id = $1 AND attempts = $2 AND state = 1
        """, [message.id, message.attempt, pause.secondsValue]) > 0
    }
  }

  /// - Parameter refusals: how many of the channel's this counts for; the most disable it.
  private func park(_ message: OutgoingMessage, _ reason: String, refusals: Int = 1) async throws -> Bool {
    try await pool.withTransaction { transaction in
      let isParked =
        try await transaction.execute(
          """
          UPDATE delivery SET state = 3, failures = failures + 1, last_error = $3
          WHERE id = $1 AND attempts = $2 AND state = 1
          """, [message.id, message.attempt, reason]) > 0
      guard isParked else { return false }
      let isDisabled = try await transaction.query(
        """
        UPDATE channel SET refusals = refusals + $3, last_error = $2,
          disabled_at = CASE WHEN refusals + $3 >= $4 THEN coalesce(disabled_at, clock_timestamp()) ELSE disabled_at END
        WHERE id = $1 RETURNING disabled_at IS NOT NULL
        """, [message.channel, reason, Int32(refusals), Int32(Self.maximumRefusals)]
      ).scalar(Bool.self)
      if isDisabled == true {
        // Index delivery_channel. What a sender has under way is settled by it; the attempt no longer fits then.
        try await transaction.execute(
          "UPDATE delivery SET state = 3, last_error = $2 WHERE channel_id = $1 AND state = 1",
          [message.channel, "the channel is disabled: \(reason)"])
      }
      return true
    }
  }
}

extension Duration {
  /// In seconds, for SQL.
  var secondsValue: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
