internal import Glibc
internal import HTTPTransport
internal import Logging
internal import NIOCore
internal import ServiceKit

/// Answers requests for kept answers on the spot, on the connection's event loop: no task, nothing parsed that was
/// parsed before, the body's bytes as they are.
///
/// It serves only what it can judge wholly: a GET or HEAD whose path and query were asked in the very same bytes before
/// and found valid, without credentials, within its limit as far as this process knows. Everything else goes the long
/// way, which gives the same answer.
struct PromptAnswers: Sendable {
  let cache: ResponseCache
  let limits: RateLimits
  let clients: ClientFinder
  let cors: CORSPolicy
  let logger: Logger
  /// Whether each request has a line in the log; the level does not change while the gateway runs.
  private let isLogged: Bool

  init(cache: ResponseCache, limits: RateLimits, clients: ClientFinder, cors: CORSPolicy, logger: Logger) {
    self.cache = cache
    self.limits = limits
    self.clients = clients
    self.cors = cors
    self.logger = logger
    isLogged = AccessLog.isWritten(logger)
  }

  /// Answers, or leaves the request untouched.
  func answer(_ stream: any HTTPStream, _ head: HeaderBlock) -> Bool {
    guard let request = PromptRequest(head),
      let entry = head.withValue(at: request.path, { cache.table.find($0) })
    else { return false }
    let start = Self.nanoseconds()
    let now = CacheClock.now()
    guard entry.standing(now, cache.board) != .unusable,
      let variant = entry.variant(acceptsGzip: request.acceptsGzip)
    else { return false }
    var decision: RateDecision?
    let connection = stream.connection
    if let tier = entry.tier {
      if let key = request.apiKey {
        guard head.withValue(at: key, { limits.internalKey.matches($0) }) else { return false }
        clients.record(of: connection).audit(limits.internalKey) { clients.client(of: connection, head) }
      } else {
        guard clients.record(of: connection).admit() else { return false }
        if limits.limiter.isLimited(tier) {
          let client = clients.client(of: connection, head)
          decision = limits.limiter.decideAtOnce(tier, client.subject)
          guard let decision, decision.refusal == nil else { return false }
          limits.limiter.counted(decision)
        }
      }
    }
    guard cache.give(entry, now) != nil else { return false }
    let isNotModified =
      request.ifNoneMatch.map { head.withValue(at: $0) { EntityTag.matches($0, variant.tag) } } ?? false
    connection.executor.withScratchFields { fields in
      write(&fields, request, head, age: entry.age(now), decision, isSecure: connection.isSecure)
      stream.send(
        prepared: isNotModified ? variant.notModified : variant.whole, fields: fields,
        withBody: !request.isHead && !isNotModified)
    }
    let elapsed = Self.nanoseconds() - start
    entry.figures.record(isHead: request.isHead, isNotModified: isNotModified, nanoseconds: elapsed)
    if isLogged {
      AccessLog.write(
        logger, method: request.isHead ? "HEAD" : "GET", route: entry.question.route,
        status: isNotModified ? 304 : 200, nanoseconds: elapsed)
    }
    return true
  }

  /// What only this answer has.
  private func write(
    _ fields: inout HeaderBlock, _ request: PromptRequest, _ head: HeaderBlock, age: Int64, _ decision: RateDecision?,
    isSecure: Bool
  ) {
    HTTPDate.bytes().withUnsafeBytes { fields.append("date", value: $0) }
    fields.append("age", value: String(age).utf8)
    Self.addRequestID(to: &fields, request, head)
    if let decision {
      fields.append("ratelimit-policy", value: decision.policyField.utf8)
      fields.append("ratelimit", value: decision.limitField.utf8)
    }
    if isSecure { fields.append("strict-transport-security", value: SecurityHeaders.strictTransport.utf8) }
    cors.add(to: &fields, origin: request.origin.map { head.value(at: $0) })
  }

  private static func addRequestID(to fields: inout HeaderBlock, _ request: PromptRequest, _ head: HeaderBlock) {
    if let given = request.requestID {
      let isTaken = head.withValue(at: given) { bytes in
        guard RequestContext.isValidRequestID(bytes) else { return false }
        fields.append("x-request-id", value: bytes)
        return true
      }
      if isTaken { return }
    }
    RequestContext.withNewRequestID { fields.append("x-request-id", value: $0) }
  }

  private static func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// Where the fields stand that matter for a kept answer.
struct PromptRequest {
  var isHead = false
  var path = -1
  var acceptsGzip = false
  var ifNoneMatch: Int?
  var requestID: Int?
  var apiKey: Int?
  var origin: Int?

  /// Nil for a request that is for others to judge: another method, credentials, a preference given twice.
  init?(_ head: HeaderBlock) {
    var methodIsKnown = false
    var encodings = 0
    for index in 0..<head.count {
      switch head.nameLength(at: index) {
      case 5 where head.nameEquals(":path", at: index): path = index
      case 6 where head.nameEquals("origin", at: index): origin = index
      case 6 where head.nameEquals("cookie", at: index): return nil
      case 7 where head.nameEquals(":method", at: index):
        isHead = head.value(of: ":method", equals: "HEAD")
        methodIsKnown = isHead || head.value(of: ":method", equals: "GET")
      case 9 where head.nameEquals("x-api-key", at: index):
        guard apiKey == nil else { return nil }
        apiKey = index
      case 12 where head.nameEquals("x-request-id", at: index): requestID = requestID ?? index
      case 13 where head.nameEquals("authorization", at: index): return nil
      case 13 where head.nameEquals("if-none-match", at: index):
        guard ifNoneMatch == nil else { return nil }
        ifNoneMatch = index
      case 15 where head.nameEquals("accept-encoding", at: index):
        acceptsGzip = head.withValue(at: index) { AcceptedEncoding.isGzip($0) }
        encodings += 1
      default: break
      }
    }
    guard methodIsKnown, path >= 0, encodings <= 1 else { return nil }
  }
}
