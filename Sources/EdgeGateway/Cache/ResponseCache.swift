internal import CoreMetrics
package import HTTPTransport
internal import HTTPTypes
internal import Logging
internal import MeshRPC
internal import NIOCore
internal import ServiceKit
internal import Synchronization

/// Keeps the answers that everyone gets alike: in this process, and behind that in Redis for all gateways.
///
/// It stands innermost, behind the checks of who asks and what for. An answer that is old by the change board is never
/// given, except when the services that know better are away.
package final class ResponseCache: Middleware {
  /// An answer to one who asked, and whether it is kept.
  enum Fetched: Sendable {
    case kept(CacheEntry)
    /// Another gateway's.
    case shared(CacheEntry)
    /// An old one of another gateway's: the services are away.
    case old(CacheEntry)
    /// Not a plain success: for those who wait for it, and nobody else.
    case passed(GatewayResponse)

    /// What was taken for right when it was found.
    var judged: CacheEntry? {
      switch self {
      case .kept(let entry), .shared(let entry): entry
      case .old, .passed: nil
      }
    }
  }

  let table: EntryTable
  let board: ChangeBoard
  let metrics = CacheMetrics()
  private let configuration: CacheConfiguration
  private let shared: SharedCache?
  let flights = SingleFlight<CacheKey, Fetched>()
  private let compressions = SingleFlight<ObjectIdentifier, CacheEntry.Variant>()
  private let figures: HTTPMetrics
  private let work: CacheWork
  private let logger: Logger

  init(_ configuration: CacheConfiguration, shared: SharedCache?, figures: HTTPMetrics, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    self.shared = configuration.isEnabled ? shared : nil
    self.figures = figures
    table = EntryTable(maximumBytes: configuration.maximumBytes, maximumEntries: configuration.maximumEntries)
    board = ChangeBoard()
    work = CacheWork()
  }

  package func concerns(_ route: Route) -> Bool { configuration.lifetime(of: route) != nil }

  package func respond(to request: GatewayRequest, next: Next) async throws -> GatewayResponse {
    guard let fresh = configuration.lifetime(of: request.route) else { return try await next(request) }
    let question = CacheQuestion(request)
    let key = question.key
    guard configuration.isEnabled else {
      return try await answer(try await fetch(question, key, fresh, next, request), .bypass, to: request)
    }
    var fallback: CacheEntry?
    if let entry = table[key] {
      if let given = give(entry, CacheClock.now()) { return try await answer(.kept(given), .hit, to: request) }
      fallback = entry
    }
    let status = fallback == nil ? CacheStatus.miss : .stale
    let fetched: Fetched
    do {
      fetched = try await joined(question, key, fresh, next, request)
    } catch {
      guard let fallback, Self.isServicesFault(error), fallback.servesOnError(CacheClock.now()) else { throw error }
      metrics.staleOnError.increment()
      return try await answer(.kept(fallback), status, to: request)
    }
    if case .passed(let response) = fetched, response.status.code >= 500, let fallback,
      fallback.servesOnError(CacheClock.now())
    {
      metrics.staleOnError.increment()
      return try await answer(.kept(fallback), status, to: request)
    }
    if case .old = fetched { metrics.staleOnError.increment() }
    return try await answer(fetched, status, to: request)
  }

  /// Finds or fetches an answer, together with all who want the same one.
  private func joined(
    _ question: CacheQuestion, _ key: CacheKey, _ fresh: Int64, _ next: Next, _ request: GatewayRequest
  ) async throws -> Fetched {
    var hasWaited = false
    while true {
      var waits = false
      let fetched = try await flights.run(
        key,
        onJoin: {
          waits = true
          self.metrics.coalesced.increment()
        }
      ) {
        // Whoever fetched it may have finished since this request looked.
        if let entry = self.table[key], entry.standing(CacheClock.now(), self.board) == .fresh {
          self.metrics.coalesced.increment()
          return .kept(entry)
        }
        let found = try await self.find(question, key, fresh)
        if let found, self.take(found) { return .shared(found) }
        self.metrics.misses.increment()
        do {
          let fetched = try await self.fetch(question, key, fresh, next, request)
          if case .passed(let response) = fetched, response.status.code >= 500, let old = Self.usable(found) {
            return .old(old)
          }
          return fetched
        } catch {
          guard Self.isServicesFault(error), let old = Self.usable(found) else { throw error }
          return .old(old)
        }
      }
      // The other one may have asked before a change of which the services had told when this request came. Whoever is
      // waited for the second time has asked later than that.
      if waits, !hasWaited, let entry = fetched.judged, entry.standing(CacheClock.now(), board) == .unusable {
        hasWaited = true
        continue
      }
      return fetched
    }
  }

  /// Counts the use of an answer that may be given, and has an old one renewed. Nil for one that may not.
  func give(_ entry: CacheEntry, _ now: Int64) -> CacheEntry? {
    switch entry.standing(now, board) {
    case .unusable: return nil
    case .fresh: metrics.hits.increment()
    case .stale:
      metrics.stale.increment()
      if !entry.isRenewing.exchange(true, ordering: .relaxed), !work.add(.renew(entry)) {
        entry.isRenewing.store(false, ordering: .relaxed)
      }
    }
    if !entry.wasUsed.load(ordering: .relaxed) { entry.wasUsed.store(true, ordering: .relaxed) }
    return entry
  }

  private func answer(
    _ fetched: Fetched, _ status: CacheStatus, to request: GatewayRequest
  ) async throws -> GatewayResponse {
    let entry: CacheEntry
    var status = status
    switch fetched {
    case .passed(var response):
      response.fields[.cacheStatus] = status.rawValue
      return response
    case .kept(let kept): entry = kept
    case .shared(let kept): (entry, status) = (kept, .shared)
    case .old(let kept): (entry, status) = (kept, .stale)
    }
    let variant = try await variant(
      of: entry, acceptsGzip: AcceptedEncoding.isGzip(request.head.headerFields.value(of: .acceptEncoding)))
    if configuration.isEnabled, var target = request.head.path {
      target.withUTF8 { table.note(UnsafeRawBufferPointer($0), for: entry) }
    }
    var response = GatewayResponse(fields: variant.fields, body: variant.body)
    response.fields[.age] = String(entry.age(CacheClock.now()))
    response.fields[.cacheStatus] = status.rawValue
    return response
  }

  /// Bodies up to this size are compressed where the request is served: about a third of a millisecond.
  private static let maximumCompressedOnLoop = 16 << 10

  private func variant(of entry: CacheEntry, acceptsGzip: Bool) async throws -> CacheEntry.Variant {
    if let made = entry.variant(acceptsGzip: acceptsGzip) { return made }
    return try await compressions.run(ObjectIdentifier(entry), onJoin: {}) {
      let isLarge = entry.response.body.readableBytes > Self.maximumCompressedOnLoop
      let made =
        isLarge ? await withTaskExecutorPreference(globalConcurrentExecutor) { entry.compress() } : entry.compress()
      self.table.recount(entry)
      return made
    }
  }

  // MARK: Fetching

  /// What another gateway has kept, new or old.
  private func find(_ question: CacheQuestion, _ key: CacheKey, _ fresh: Int64) async throws -> CacheEntry? {
    guard let stored = try await shared?.get(key) else { return nil }
    var response = GatewayResponse(body: stored.body)
    for (name, value) in stored.fields {
      if let name = HTTPField.Name(name) { response.fields[name] = value }
    }
    let now = CacheClock.now()
    // One from the future is of a gateway whose clock is wrong.
    guard stored.startedAt <= now, stored.createdAt <= now else { return nil }
    return make(question, key, response, startedAt: stored.startedAt, createdAt: stored.createdAt, fresh)
  }

  /// Keeps what another gateway has kept, if it is fresh.
  private func take(_ found: CacheEntry) -> Bool {
    guard found.standing(CacheClock.now(), board) == .fresh else { return false }
    table.insert(found)
    metrics.shared.increment()
    return true
  }

  /// Nil for an answer that is not even better than an error.
  private static func usable(_ found: CacheEntry?) -> CacheEntry? {
    found.flatMap { $0.servesOnError(CacheClock.now()) ? $0 : nil }
  }

  private func fetch(
    _ question: CacheQuestion, _ key: CacheKey, _ fresh: Int64, _ next: Next, _ request: GatewayRequest
  ) async throws -> Fetched {
    // Before the question is asked: a change that is told from now on makes the answer old.
    let startedAt = CacheClock.now()
    metrics.fetches.increment()
    let response = try await next(request)
    guard response.status == .ok else { return .passed(response) }
    let entry = make(question, key, response, startedAt: startedAt, createdAt: CacheClock.now(), fresh)
    guard configuration.isEnabled else { return .kept(entry) }
    table.insert(entry)
    metrics.bytes.record(table.byteCount)
    metrics.entries.record(table.count)
    // When too many wait to be shared, this one is not: nothing depends on it.
    if shared != nil { _ = work.add(.share(entry)) }
    return .kept(entry)
  }

  private func make(
    _ question: CacheQuestion, _ key: CacheKey, _ response: GatewayResponse, startedAt: Int64, createdAt: Int64,
    _ fresh: Int64
  ) -> CacheEntry {
    CacheEntry(
      question, key: key, response, startedAt: startedAt, createdAt: createdAt, fresh: fresh,
      configuration: configuration, figures: figures.figures(of: question.route))
  }

  /// Whether an old answer is better than this error: the service was away, slow or at fault, and not the client.
  private static func isServicesFault(_ error: any Error) -> Bool {
    guard !(error is CancellationError) else { return false }
    return ProblemWriter.problem(for: error).status.code >= 500
  }

  // MARK: Work beside requests

  /// Renews and shares answers; returns when the task is cancelled.
  ///
  /// - Parameter connection: on whose behalf answers are renewed.
  package func run(_ connection: HTTPConnectionInfo) async {
    await work.run { [self] job in
      do {
        switch job {
        case .renew(let entry): try await renew(entry, connection)
        case .share(let entry): try await share(entry)
        }
      } catch {
        // The next one who finds it old tries again; what is away is told by its readiness check.
        metrics.failures.increment()
        logger.debug("an answer was not renewed or shared", metadata: ["error": "\(SafeDescription.of(error))"])
      }
    }
  }

  private func renew(_ entry: CacheEntry, _ connection: HTTPConnectionInfo) async throws {
    defer { entry.isRenewing.store(false, ordering: .relaxed) }
    let question = entry.question
    guard let fresh = configuration.lifetime(of: question.route) else { return }
    let request = GatewayRequest(
      head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: question.route.pattern),
      known: question.known, pathValues: question.pathValues, query: question.query, connection: connection, body: nil)
    _ = try await flights.run(entry.key, onJoin: {}) {
      if let newer = try await self.find(question, entry.key, fresh), newer.createdAt > entry.createdAt,
        self.take(newer)
      {
        return .shared(newer)
      }
      return try await self.fetch(question, entry.key, fresh, Next([]), request)
    }
  }

  private func share(_ entry: CacheEntry) async throws {
    let now = CacheClock.now()
    guard entry.standing(now, board) == .fresh else { return }
    let stored = SharedCache.Stored(
      startedAt: entry.startedAt, createdAt: entry.createdAt,
      fields: entry.response.fields.map { ($0.name.canonicalName, $0.value) }, body: entry.response.body)
    try await shared?.set(entry.key, stored, life: entry.usefulLife(now))
  }

  /// Forgets everything that was asked until now, here and, by its age, what this process would take from Redis.
  package func flush() { flush(before: CacheClock.now()) }

  /// - Parameter moment: of `CacheClock`.
  func flush(before moment: Int64) {
    board.changedEverything(at: moment)
    table.removeAll()
  }
}
