internal import ServiceKit

/// What a deployment says of the counting of visits.
struct AnalyticsSettings: Sendable {
  static let declared: [Setting] = [
    .boolean(
      "ANALYTICS", default: true,
      help: "Whether visits are counted, without knowing whose they are. Off: POST /v1/events keeps nothing."),
    .integer(
      "ANALYTICS_RETENTION_DAYS", default: 30, in: 2...400, help: "Days for which single events are kept."),
    .integer(
      "ANALYTICS_REPORT_DAYS", default: 400, in: 2...4000,
      help: "Days for which the figures of hours and days are kept."),
    .duration(
      "ANALYTICS_ROLL_UP", default: .seconds(60), in: .milliseconds(100)...(.seconds(3600)),
      help: "How often figures are made of what came since."),
  ]

  var isOn = true
  var eventDays = 30
  var reportDays = 400
  var rollUp = Duration.seconds(60)

  init() {}

  init(_ settings: Settings) {
    isOn = settings.bool("ANALYTICS")
    eventDays = settings.int("ANALYTICS_RETENTION_DAYS")
    reportDays = settings.int("ANALYTICS_REPORT_DAYS")
    rollUp = settings.duration("ANALYTICS_ROLL_UP")
  }
}
