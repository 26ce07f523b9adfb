internal import Synchronization

/// The budget of one process.
package final class LocalHostBudget: HostBudget {
  private let hosts = Mutex<[String: HostSchedule]>([:])
  private let now: @Sendable () -> Duration
  private let maximumHosts: Int

  /// - Parameters:
  ///   - maximumHosts: remembered at once; when they are all busy, a further host is refused.
  ///   - now: time on any line that only goes forward.
  package init(maximumHosts: Int = 10_000, now: @escaping @Sendable () -> Duration = LocalHostBudget.uptime) {
    self.maximumHosts = maximumHosts
    self.now = now
  }

  private static let start = ContinuousClock.now

  /// Since this process first asked.
  package static let uptime: @Sendable () -> Duration = { start.duration(to: .now) }

  package func reserve(_ host: String, interval: Duration, within limit: Duration) async throws -> Duration {
    let now = now()
    let wait: Result<Duration, SourceError> = hosts.withLock { hosts in
      if hosts[host] == nil, hosts.count >= maximumHosts { hosts = hosts.filter { !$0.value.isIdle(at: now) } }
      guard hosts[host] != nil || hosts.count < maximumHosts else {
        return .failure(SourceError(.refused(retryAfter: limit), "requests to too many hosts are waiting"))
      }
      var schedule = hosts[host] ?? HostSchedule()
      guard let wait = schedule.reserve(at: now, interval: interval, within: limit) else {
        let earliest = schedule.earliest(from: now) - now
        return .failure(SourceError(.refused(retryAfter: earliest), "the host may not be asked so soon"))
      }
      hosts[host] = schedule
      return .success(wait)
    }
    return try wait.get()
  }

  package func postpone(_ host: String, by delay: Duration) async throws {
    let now = now()
    hosts.withLock { hosts in
      if hosts[host] == nil, hosts.count >= maximumHosts { hosts = hosts.filter { !$0.value.isIdle(at: now) } }
      hosts[host, default: HostSchedule()].postpone(at: now, by: delay)
    }
  }
}
