/// Hours in which a person wants to hear nothing, by the clocks of their zone.
struct QuietHours: Hashable, Sendable {
  /// Minutes after midnight, 0 to 1,439.
  var start: Int
  /// The first minute that is not quiet any more; before `start` when they run over midnight.
  var end: Int
  /// IANA name.
  var zone: String

  static let defaultZone = "Europe/Istanbul"

  /// - Returns: when they end, if `now` is in them.
  func end(after now: UnixTime, in rules: ZoneRules) -> UnixTime? {
    let local = now.seconds + Int64(rules.offset(at: now.seconds))
    let midnight = local.floorDivided(by: 86_400) * 86_400
    let minute = Int((local - midnight) / 60)
    let isQuiet = start < end ? (start..<end).contains(minute) : minute >= start || minute < end
    guard isQuiet else { return nil }
    let day = minute < end ? midnight : midnight + 86_400
    return UnixTime(seconds: rules.moment(ofLocal: day + Int64(end) * 60))
  }
}
