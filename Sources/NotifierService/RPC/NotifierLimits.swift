/// What one subscriber may have.
struct NotifierLimits: Sendable {
  var channels: Int
  var alerts: Int
  /// Between two codes sent to one channel, and between two tests.
  var messageInterval = Duration.seconds(10)
}
