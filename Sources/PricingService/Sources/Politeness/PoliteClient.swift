package import OutboundHTTP
internal import Synchronization

/// Asks shops as a guest does: within each host's rate and concurrency, where its robots.txt allows, and not before it
/// said it would like to be asked again.
package final class PoliteClient: Sendable {
  /// How this client behaves.
  package struct Configuration: Sendable {
    /// The name that robots.txt knows us by.
    package var robot = "Fiyatradari"
    package var policy = HostPolicy()
    /// For hosts (name:port) with other limits.
    package var hostPolicies: [String: HostPolicy] = [:]
    /// Without a `Retry-After`. Default 1 min.
    package var defaultRetryAfter: Duration = .seconds(60)
    /// Whether robots.txt is asked for. Off only for hosts that belong to whoever runs this.
    package var obeysRobots = true

    package init() {}
  }

  private let fetcher: any PageFetcher
  private let budget: any HostBudget
  private let configuration: Configuration
  private let clock: Clocks
  private let robots = RobotsCache()
  private let queues = Mutex<[String: HostQueue]>([:])

  /// What this client needs of time.
  package struct Clocks: Sendable {
    /// On a line that only goes forward.
    package var uptime: @Sendable () -> Duration
    /// Seconds since 1970.
    package var wall: @Sendable () -> Int64
    package var wait: @Sendable (Duration) async throws -> Void

    package init(
      uptime: @escaping @Sendable () -> Duration, wall: @escaping @Sendable () -> Int64,
      wait: @escaping @Sendable (Duration) async throws -> Void
    ) {
      self.uptime = uptime
      self.wall = wall
      self.wait = wait
    }
  }

  private struct HostQueue {
    var turns: TurnQueue
    var users: Int
  }

  package init(
    fetcher: any PageFetcher, budget: any HostBudget, configuration: Configuration = Configuration(),
    clocks: Clocks = .system
  ) {
    self.fetcher = fetcher
    self.budget = budget
    self.configuration = configuration
    clock = clocks
  }

  /// Sends `request` when its host may be asked.
  ///
  /// - Throws: `SourceError`: `.refused` by robots.txt, by the budget, or by the host (429, 503); `.unreachable`,
  ///   `.forbiddenAddress`, `.unreadable`; `CancellationError`.
  package func send(_ request: OutboundRequest) async throws -> OutboundResponse {
    let url: OutboundURL
    do {
      url = try OutboundURL(request.url)
    } catch {
      throw Self.sourceError(error)
    }
    let host = "\(url.host.name):\(url.port)"
    let policy = configuration.hostPolicies[host] ?? configuration.policy
    return try await withTurn(at: host, policy: policy) {
      var interval = policy.interval
      if self.configuration.obeysRobots {
        let rules = try await self.rules(of: url, host: host, policy: policy)
        guard rules.allows(url.target) else {
          throw SourceError(.refused(retryAfter: .seconds(86_400)), "the site's robots.txt does not allow this page")
        }
        if let delay = rules.crawlDelay { interval = max(interval, delay) }
      }
      let response = try await self.ask(request, host: host, interval: interval, policy: policy)
      if response.status == 429 || response.status == 503 {
        let told = response.headers["retry-after"].flatMap { RetryAfter.read($0, now: self.clock.wall()) }
        let delay = told ?? self.configuration.defaultRetryAfter
        try await self.budget.postpone(host, by: delay)
        throw SourceError(.refused(retryAfter: delay), "the host answered \(response.status)")
      }
      return response
    }
  }

  private func ask(
    _ request: OutboundRequest, host: String, interval: Duration, policy: HostPolicy
  ) async throws -> OutboundResponse {
    let wait = try await budget.reserve(host, interval: interval, within: policy.maximumWait)
    if wait > .zero { try await clock.wait(wait) }
    do {
      return try await fetcher.send(request)
    } catch let error as OutboundError {
      throw Self.sourceError(error)
    }
  }

  // MARK: robots.txt

  private func rules(of url: OutboundURL, host: String, policy: HostPolicy) async throws -> RobotsTxt {
    if let rules = robots.rules(of: url.origin, at: clock.uptime()) { return rules }
    var request = OutboundRequest(.get, "\(url.origin)/robots.txt")
    request.maxResponseBytes = 2 * 1_024 * 1_024
    let response = try await ask(request, host: host, interval: policy.interval, policy: policy)
    let rules: RobotsTxt
    switch response.status {
    case 200..<300: rules = RobotsTxt(response.body, robot: configuration.robot)
    // "Unavailable": no rules (RFC 9309 §2.3.1.3). 429 is a wish to be left alone for now.
    case 400..<429, 430..<500: rules = .allowsAll
    default:
      // "Unreachable": everything is disallowed for now (§2.3.1.4).
      let told = response.headers["retry-after"].flatMap { RetryAfter.read($0, now: clock.wall()) }
      let delay = told ?? configuration.defaultRetryAfter
      try await budget.postpone(host, by: delay)
      throw SourceError(.refused(retryAfter: delay), "the site's robots.txt cannot be had: status \(response.status)")
    }
    robots.keep(rules, of: url.origin, at: clock.uptime(), lifetime: .seconds(12 * 3_600))
    return rules
  }

  // MARK: Turns

  /// One queue for each host that somebody asks at the moment.
  private func withTurn<Result>(
    at host: String, policy: HostPolicy, _ body: () async throws -> Result
  ) async throws -> Result {
    let turns = queues.withLock { queues in
      let queue = queues[host] ?? HostQueue(turns: TurnQueue(limit: policy.concurrency), users: 0)
      queues[host] = HostQueue(turns: queue.turns, users: queue.users + 1)
      return queue.turns
    }
    defer {
      queues.withLock { queues in
        guard let queue = queues[host] else { return }
        queues[host] = queue.users > 1 ? HostQueue(turns: queue.turns, users: queue.users - 1) : nil
      }
    }
    do {
      return try await turns.withTurn(body)
    } catch is TurnQueue.Full {
      throw SourceError(.refused(retryAfter: policy.maximumWait), "too many requests wait for this host")
    }
  }

  // MARK: Errors

  static func sourceError(_ error: OutboundError) -> SourceError {
    switch error.code {
    case .forbiddenAddress, .insecureRedirect: SourceError(.forbiddenAddress, error.description)
    case .invalidURL, .invalidRequest, .tooLarge, .tooManyRedirects, .protocol:
      SourceError(.unreadable, error.description)
    default: SourceError(.unreachable, error.description)
    }
  }
}
