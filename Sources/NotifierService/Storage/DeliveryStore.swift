internal import PostgresClient

/// Deliveries on their way out: taken by a lease, and settled by whoever holds it.
struct DeliveryStore: Sendable {
  let pool: PostgresPool

  /// Notified when there may be something to send: new deliveries, a retry, sending resumed.
  static let notificationChannel = "notifier.delivery"
  /// Refusals in a row that disable a channel.
  static let maximumRefusals = 10

  /// What a sender took, and when it should look again.
  struct Claim: Sendable {
    var messages: [OutgoingMessage]
    /// Nil: when notified.
    var nextLook: UnixTime?
    /// The database's clock.
    var now: UnixTime
  }

  /// Takes deliveries that are due.
  ///
  /// - Parameters:
  ///   - busy: channels that have enough under way.
  ///   - lease: how long they are this sender's; then another may take them.
  func claim(
    _ kind: ChannelKind, limits: SendPlan.Limits, capacity: Int, busy: [Int64], lease: Duration
  ) async throws -> Claim {
    try await pool.withTransaction { transaction in
      let (kindPace, isPaused, now) = try await paceOfKind(kind, isShared: limits.interval > .zero, transaction)
      if isPaused { return Claim(messages: [], nextLook: nil, now: now) }
      let rows = try await due(kind, busy: busy, limit: capacity * 2 + 16, transaction)
      let plan = SendPlan(
        rows.map(\.candidate), capacity: capacity, kind: kindPace, limits: limits, now: now)
      try await save(plan, kind, kindPace, lease, now, transaction)
      let sending = Set(plan.send)
      let messages = rows.filter { sending.contains($0.message.id) }.map(\.message)
      // There may be more behind what was read.
      if plan.wait == nil, rows.count == capacity * 2 + 16 { return Claim(messages: messages, nextLook: now, now: now) }
      let next = try await nextDue(kind, busy: busy, transaction)
      return Claim(
        messages: messages, nextLook: plan.wait.map { wait in next.map { max($0, wait) } ?? wait } ?? next, now: now)
    }
  }

  private func paceOfKind(
    _ kind: ChannelKind, isShared: Bool, _ transaction: PostgresTransaction
  ) async throws -> (SendPlan.Pace, isPaused: Bool, now: UnixTime) {
    // All senders of a kind that has a common limit come one after the other.
    let rows = try await transaction.query(
      """
      SELECT next_slot, blocked_until, (SELECT paused FROM sending), clock_timestamp()
      FROM pace WHERE kind = $1 AND address = ''
      \(isShared ? "FOR UPDATE" : "")
      """, [kind.rawValue])
    guard let row = rows.first else { return (SendPlan.Pace.idle, true, .now()) }
    let (slot, blocked, isPaused, _) = try row.decode((Timestamp, Timestamp, Bool, Timestamp).self)
    // The lock may have been waited for, and the row's other columns are older than that.
    let current = try await transaction.query("SELECT paused, clock_timestamp() FROM sending").decode(
      (Bool, Timestamp).self
    ).first
    return (
      SendPlan.Pace(nextSlot: UnixTime(slot), blockedUntil: UnixTime(blocked)), current?.0 ?? isPaused,
      current.map { UnixTime($0.1) } ?? .now()
    )
  }

  private struct DueRow {
    var message: OutgoingMessage
    var candidate: SendPlan.Candidate
  }

  private func due(
    _ kind: ChannelKind, busy: [Int64], limit: Int, _ transaction: PostgresTransaction
  ) async throws -> [DueRow] {
    // Index delivery_due.
    let rows = try await transaction.query(
      """
      SELECT d.id, d.attempts, d.failures, d.channel_id, d.subscriber, coalesce(d.address, c.address), d.body,
        d.idempotency_key, c.signing_secret, d.created_at, d.purpose, d.expires_at, d.slot_at,
        coalesce(p.next_slot, '-infinity'), coalesce(p.blocked_until, '-infinity')
      FROM delivery AS d
      LEFT JOIN channel AS c ON c.id = d.channel_id
      LEFT JOIN pace AS p ON p.kind = d.kind AND p.address = coalesce(d.address, c.address)
      WHERE d.kind = $1 AND d.state = 1 AND d.due_at <= clock_timestamp() AND d.channel_id <> ALL ($2)
        AND (c.id IS NOT NULL OR d.address IS NOT NULL)
      ORDER BY d.due_at, d.id LIMIT $3
      FOR UPDATE OF d SKIP LOCKED
      """, [kind.rawValue, busy, limit])
    return try rows.map { row in
      var reader = RowReader(row)
      let message = OutgoingMessage(
        id: try reader.next(Int64.self), attempt: try reader.next(Int32.self) + 1,
        failures: try reader.next(Int32.self),
        channel: try reader.next(Int64.self), subscriber: try reader.next(String.self),
        address: try reader.next(String.self), body: try reader.next(String.self),
        idempotencyKey: try reader.next(String.self), sealedSecret: try reader.next([UInt8]?.self),
        createdAt: UnixTime(try reader.next(Timestamp.self)),
        purpose: try Self.purpose(try reader.next(Int16.self)),
        expiresAt: try reader.next(Timestamp?.self).map { UnixTime($0) })
      let slot = try reader.next(Timestamp?.self).map { UnixTime($0) }
      let pace = SendPlan.Pace(
        nextSlot: UnixTime(try reader.next(Timestamp.self)), blockedUntil: UnixTime(try reader.next(Timestamp.self)))
      return DueRow(
        message: message,
        candidate: SendPlan.Candidate(delivery: message.id, address: message.address, slot: slot, pace: pace))
    }
  }

  private static func purpose(_ number: Int16) throws(PostgresError) -> NewDelivery.Purpose {
    guard let purpose = NewDelivery.Purpose(rawValue: number) else {
      throw PostgresError(.decoding, "a delivery has an unknown purpose")
    }
    return purpose
  }

  private func save(
    _ plan: SendPlan, _ kind: ChannelKind, _ before: SendPlan.Pace, _ lease: Duration, _ now: UnixTime,
    _ transaction: PostgresTransaction
  ) async throws {
    if !plan.send.isEmpty {
      try await transaction.execute(
        "UPDATE delivery SET attempts = attempts + 1, due_at = $2, slot_at = NULL WHERE id = ANY ($1)",
        [plan.send, Timestamp(now + lease)])
    }
    if !plan.later.isEmpty {
      try await transaction.execute(
        """
        UPDATE delivery SET due_at = n.until, slot_at = CASE WHEN n.is_slot THEN n.until END
        FROM unnest($1::bigint[], $2::timestamptz[], $3::boolean[]) AS n (id, until, is_slot)
        WHERE delivery.id = n.id
        """,
        [plan.later.map(\.delivery), plan.later.map { Timestamp($0.until) }, plan.later.map(\.isSlot)])
    }
    var slots = plan.nextSlots.sorted { $0.key < $1.key }.map { (address: $0.key, slot: $0.value) }
    if plan.kindSlot != before.nextSlot { slots.append(("", plan.kindSlot)) }
    guard !slots.isEmpty else { return }
    try await transaction.execute(
      """
      INSERT INTO pace (kind, address, next_slot)
      SELECT $1, address, slot FROM unnest($2::text[], $3::timestamptz[]) AS n (address, slot)
      ON CONFLICT (kind, address) DO UPDATE SET next_slot = excluded.next_slot
      """, [kind.rawValue, slots.map(\.address), slots.map { Timestamp($0.slot) }])
  }

  private func nextDue(
    _ kind: ChannelKind, busy: [Int64], _ transaction: PostgresTransaction
  ) async throws -> UnixTime? {
    // The first entry of index delivery_due, as a rule.
    try await transaction.query(
      """
      SELECT due_at FROM delivery WHERE kind = $1 AND state = 1 AND channel_id <> ALL ($2)
      ORDER BY due_at LIMIT 1
      """, [kind.rawValue, busy]
    ).scalar(Timestamp.self).map { UnixTime($0) }
  }
}

extension SendPlan.Pace {
  static let idle = SendPlan.Pace(
    nextSlot: UnixTime(microseconds: .min), blockedUntil: UnixTime(microseconds: .min))
}
