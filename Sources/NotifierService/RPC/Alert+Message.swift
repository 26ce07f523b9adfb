internal import MeshMessages
internal import MeshRPC
internal import ProtobufBridge

/// Makes alerts of requests, and answers of alerts.
struct AlertMapping: Sendable {
  let zones: ZoneDatabase

  private static let maximumChannels = 32

  /// A new alert as a request describes it.
  /// - Throws: `RPCError` INVALID_ARGUMENT that names the field.
  func alert(_ message: NotifierV1.Alert?, now: UnixTime) throws(RPCError) -> Alert {
    guard let message else { throw .field("alert", "expected an alert") }
    let subscriber = try RequestCheck.subscriber(message.subscriber, field: "alert.subscriber")
    let rule = try AlertRule(message.rule)
    var alert = Alert(
      id: 0, subscriber: subscriber, subject: try subject(message.subject, of: rule), rule: rule,
      expiresAt: now + Alert.lifetime, createdAt: now)
    for field in AlertField.allCases where field != .rule { try set(field, of: &alert, to: message, now: now) }
    return alert
  }

  private func subject(
    _ subject: NotifierV1.Alert.Subject?, of rule: AlertRule
  ) throws(RPCError) -> Alert.Subject {
    switch (subject, rule.isAboutCategory) {
    case (nil, true): return .category
    case (.productId(let id), false): return .product(try RequestCheck.id(id, field: "alert.product_id"))
    case (.listingId(let id), false): return .listing(try RequestCheck.id(id, field: "alert.listing_id"))
    case (nil, false): throw .field("alert.subject", "expected product_id or listing_id")
    case (_, true): throw .field("alert.subject", "expected neither product_id nor listing_id with deal_in_category")
    }
  }

  /// Sets one field of an alert to what a request says.
  func set(
    _ field: AlertField, of alert: inout Alert, to message: NotifierV1.Alert, now: UnixTime
  ) throws(RPCError) {
    switch field {
    case .rule:
      let rule = try AlertRule(message.rule)
      guard rule.isAboutCategory == (alert.subject == .category) else {
        throw .field("alert.rule", "deal_in_category goes with no product or listing, and all other rules with one")
      }
      guard rule != alert.rule else { return }
      alert.rule = rule
      // What was remembered belongs to the old condition.
      alert.state.listings = [:]
      alert.state.endedAt = nil
    case .channelIDs:
      guard message.channelIds.count <= Self.maximumChannels else {
        throw .field("alert.channel_ids", "expected at most \(Self.maximumChannels)")
      }
      for id in message.channelIds { _ = try RequestCheck.id(id, field: "alert.channel_ids") }
      alert.channels = Array(Set(message.channelIds)).sorted()
    case .rearm:
      let rearm = try Rearm(message.rearm)
      if rearm != alert.rearm { alert.state.endedAt = nil }
      alert.rearm = rearm
    case .expiresAt:
      guard let time = message.expiresAt?.unixTime else {
        alert.expiresAt = max(alert.createdAt, now) + Alert.lifetime
        return
      }
      guard time > now, time <= now + .days(3650) else {
        throw .field("alert.expires_at", "expected a time to come, within ten years")
      }
      alert.expiresAt = time
      alert.state.endedAt = alert.rearm == .once ? alert.state.endedAt : nil
    case .quietHours:
      if let hours = message.quietHours {
        alert.quietHours = try QuietHours(hours, zones: zones)
      } else {
        alert.quietHours = nil
      }
    case .dailyDigest: alert.isDigest = message.dailyDigest
    case .paused: alert.isPaused = message.paused
    case .label:
      guard message.label.unicodeScalars.count <= 200 else {
        throw .field("alert.label", "expected at most 200 characters")
      }
      alert.label = message.label
    }
  }

  func message(_ alert: Alert) -> NotifierV1.Alert {
    .with {
      $0.id = alert.id
      $0.subscriber = alert.subscriber
      switch alert.subject {
      case .product(let id): $0.subject = .productId(id)
      case .listing(let id): $0.subject = .listingId(id)
      case .category: break
      }
      $0.rule = alert.rule.message
      $0.channelIds = alert.channels
      $0.rearm = alert.rearm.message
      $0.expiresAt = GoogleProtobuf.Timestamp(alert.expiresAt)
      $0.quietHours = alert.quietHours?.message
      $0.dailyDigest = alert.isDigest
      $0.paused = alert.isPaused
      $0.createdAt = GoogleProtobuf.Timestamp(alert.createdAt)
      $0.lastFiredAt = alert.state.lastFired.map { GoogleProtobuf.Timestamp($0.at) }
      $0.basePrice = alert.state.basePrice?.message
      $0.label = alert.label
    }
  }
}
