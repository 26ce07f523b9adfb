internal import Glibc

extension PoliteClient.Clocks {
  /// The machine's clocks.
  package static let system = Self(
    uptime: LocalHostBudget.uptime,
    wall: {
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      return Int64(now.tv_sec)
    },
    wait: { try await Task.sleep(for: $0) })
}
