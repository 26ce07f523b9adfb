/// When what an alert has to say is sent.
enum DeliveryTime: Hashable, Sendable {
  case now
  /// At the end of quiet hours.
  case later(UnixTime)
  /// With the digest of this moment.
  case digest(UnixTime)

  /// Minutes after midnight at which a day's digest is sent: 9:00 by the clocks of the person's zone.
  static let digestMinute: Int64 = 9 * 60

  init(for alert: Alert, now: UnixTime, in rules: ZoneRules) {
    guard alert.isDigest else {
      self = alert.quietHours?.end(after: now, in: rules).map { .later($0) } ?? .now
      return
    }
    let due = Self.nextDigest(after: now, in: rules)
    self = .digest(alert.quietHours?.end(after: due, in: rules) ?? due)
  }

  private static func nextDigest(after now: UnixTime, in rules: ZoneRules) -> UnixTime {
    let local = now.seconds + Int64(rules.offset(at: now.seconds))
    let midnight = local.floorDivided(by: 86_400) * 86_400
    let today = UnixTime(seconds: rules.moment(ofLocal: midnight + digestMinute * 60))
    return today > now ? today : UnixTime(seconds: rules.moment(ofLocal: midnight + 86_400 + digestMinute * 60))
  }
}
