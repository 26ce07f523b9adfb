internal import PostgresClient

/// Turns events into deliveries: finds the alerts that they are about, decides, and writes what is to be sent, all in
/// the transaction that moves the inbox's cursor.
struct AlertMatcher: Sendable {
  let zones: ZoneDatabase
  /// Where the gateway is reached from outside; nil: links go to the shops.
  let publicAddress: String?
  let metrics: NotifierMetrics

  /// Alerts in memory at a time.
  private static let chunk = 500

  /// - Throws: `PostgresError`.
  func apply(_ events: [MarketEvent], now: UnixTime, in transaction: PostgresTransaction) async throws {
    let batch = EventBatch(events)
    let ids = try await matchingAlerts(batch, transaction)
    var hasDeliveries = false
    for start in stride(from: 0, to: ids.count, by: Self.chunk) {
      let part = Array(ids[start..<min(start + Self.chunk, ids.count)])
      if try await judge(part, batch, now, transaction) { hasDeliveries = true }
    }
    if hasDeliveries {
      try await transaction.query("SELECT pg_notify($1, '')", [DeliveryStore.notificationChannel])
    }
  }

  /// The ids of the alerts that the batch may concern, ascending: all transactions lock them in this order.
  private func matchingAlerts(_ batch: EventBatch, _ transaction: PostgresTransaction) async throws -> [Int64] {
    // Indexes alert_product, alert_listing, alert_category: what it costs grows with the matches, not with the alerts.
    try await transaction.query(
      """
      SELECT id FROM alert WHERE product_id = ANY ($1) AND ended_at IS NULL
      UNION
      SELECT id FROM alert WHERE listing_id = ANY ($2) AND ended_at IS NULL
      UNION
      SELECT a.id FROM unnest($3::text[], $4::integer[]) AS deal (category, discount)
      JOIN alert AS a ON a.category = deal.category AND a.basis_points <= deal.discount AND a.ended_at IS NULL
      ORDER BY id
      """, [batch.products, batch.listings, batch.categories.map(\.path), batch.categories.map(\.discount)]
    ).scalars(Int64.self)
  }

  /// - Returns: whether there is something to send at once.
  private func judge(
    _ ids: [Int64], _ batch: EventBatch, _ now: UnixTime, _ transaction: PostgresTransaction
  ) async throws -> Bool {
    let rows = try await transaction.query(
      "SELECT \(AlertRow.columns) FROM alert WHERE id = ANY ($1) ORDER BY id FOR UPDATE", [ids])
    let alerts = try rows.map { row in try AlertRow.alert(row) }
    let told = try await toldDeals(of: alerts, batch, transaction)
    var judgements = alerts.map { AlertJudgement($0, batch, told: told, canTell: true) }
    let subscribers = Set(judgements.filter { !$0.fires.isEmpty }.map(\.alert.subscriber))
    guard !subscribers.isEmpty else {
      try await save(judgements, transaction)
      return false
    }
    let channels = try await ReachableChannel.load(of: Array(subscribers), transaction)
    for (index, judgement) in judgements.enumerated() where !judgement.fires.isEmpty {
      // With nobody to tell, the condition is not used up: it waits as that of a paused alert does.
      if channels.reached(by: judgement.alert).isEmpty {
        judgements[index] = AlertJudgement(judgement.original, batch, told: told, canTell: false)
      }
    }
    try await save(judgements, transaction)
    return try await tell(judgements, channels, now, transaction)
  }

  private func toldDeals(
    of alerts: [Alert], _ batch: EventBatch, _ transaction: PostgresTransaction
  ) async throws -> Set<ToldDeal> {
    let ids = alerts.filter { $0.subject == .category }.map(\.id)
    guard !ids.isEmpty, !batch.deals.isEmpty else { return [] }
    // The primary key's index.
    let rows = try await transaction.query(
      "SELECT alert_id, deal_id FROM told_deal WHERE alert_id = ANY ($1) AND deal_id = ANY ($2)", [ids, batch.deals])
    return Set(try rows.decode((Int64, Int64).self).map { ToldDeal(alert: $0.0, deal: $0.1) })
  }

  /// Writes what changed in the alerts' memory.
  private func save(_ judgements: [AlertJudgement], _ transaction: PostgresTransaction) async throws {
    for judgement in judgements {
      for hold in judgement.holds { metrics.held(hold) }
      if !judgement.fires.isEmpty { metrics.fired(judgement.fires.count) }
    }
    let changed = judgements.filter { $0.alert.state != $0.original.state }.map(\.alert)
    guard !changed.isEmpty else { return }
    try await transaction.execute(
      """
      UPDATE alert SET base_price = n.base_price, base_currency = n.base_currency, fired_at = n.fired_at,
        fired_price = n.fired_price, fired_currency = n.fired_currency, ended_at = n.ended_at,
        memory = n.memory::bigint[]
      FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::timestamptz[],
        $8::text[])
        AS n (id, base_price, base_currency, fired_at, fired_price, fired_currency, ended_at, memory)
      WHERE alert.id = n.id
      """,
      [
        changed.map(\.id), changed.map(\.state.basePrice?.minorUnits), changed.map(\.state.basePrice?.currency),
        changed.map { $0.state.lastFired.map { Timestamp($0.at) } },
        changed.map(\.state.lastFired?.price?.minorUnits), changed.map(\.state.lastFired?.price?.currency),
        changed.map { $0.state.endedAt.map { Timestamp($0) } }, changed.map { AlertMemory.text($0.state.listings) },
      ])
  }

  private func tell(
    _ judgements: [AlertJudgement], _ channels: ReachableChannels, _ now: UnixTime, _ transaction: PostgresTransaction
  ) async throws -> Bool {
    var deliveries: [NewDelivery] = []
    var entries: [NewDelivery] = []
    var told: [ToldDeal] = []
    for judgement in judgements {
      let alert = judgement.alert
      for fire in judgement.fires {
        if case .deal(let deal) = fire.event.change, alert.subject == .category {
          told.append(ToldDeal(alert: alert.id, deal: deal.id))
        }
        let message = AlertMessage(
          fire.event, reason: fire.reason, label: alert.label, publicAddress: publicAddress)
        let time = DeliveryTime(for: alert, now: now, in: rules(of: alert))
        for channel in channels.reached(by: alert) {
          let isDigest = if case .digest = time { true } else { false }
          let delivery = NewDelivery(alert, fire.event, message, channel, due: time.moment, isDigest: isDigest)
          if isDigest { entries.append(delivery) } else { deliveries.append(delivery) }
        }
      }
    }
    try await ToldDeal.save(told, transaction)
    try await NewDelivery.save(deliveries, transaction)
    try await NewDelivery.saveForDigest(entries, transaction)
    return !deliveries.isEmpty
  }

  private func rules(of alert: Alert) -> ZoneRules {
    // A zone that has gone from the system since the alert was made.
    zones.rules(for: alert.quietHours?.zone ?? QuietHours.defaultZone) ?? .istanbul
  }
}

extension DeliveryTime {
  /// Nil for now.
  var moment: UnixTime? {
    switch self {
    case .now: nil
    case .later(let time), .digest(let time): time
    }
  }
}
