import HTTPTransport
import HTTPTypes
import MeshMessages
import MeshRPC
import NIOCore
import Synchronization
import Testing

@testable import EdgeGateway

@Suite("The cache") struct CacheTests {
  private let list = "/v1/products?limit=5"

  @Test(
    "A second request is answered without asking, in the very same words but for date, age, request id and how it came")
  func sameAnswer() async throws {
    let gateway = try GatewayFixture()
    let first = try await gateway.get(list)
    let second = try await gateway.get(list)
    #expect(first.status == 200 && second.status == 200 && first.body == second.body)
    #expect(gateway.services.requestCount == 1)
    func names(_ reply: GatewayFixture.Reply) -> Set<String> {
      Set(
        reply.fields.map { "\($0.name.canonicalName): \($0.value)" }
          .filter { field in !["date:", "age:", "x-request-id:", "cache-status:"].contains { field.hasPrefix($0) } })
    }
    #expect(names(first) == names(second))
    #expect(first["cache-status"] == "fiyatradari; fwd=miss" && second["cache-status"] == "fiyatradari; hit")
    #expect(Int(second["age"] ?? "") != nil && second["vary"] == "Accept-Encoding")
    #expect(second["cache-control"]?.hasPrefix("public, max-age=10, s-maxage=60") == true)
    #expect(first["x-request-id"] != second["x-request-id"] && second["date"]?.hasSuffix("GMT") == true)
    #expect(try await gateway.get(list, [("x-request-id", "mine")])["x-request-id"] == "mine")
  }

  @Test("Spelling and order of parameters make no other answer; their values do")
  func canonical() async throws {
    let gateway = try GatewayFixture()
    for path in [
      "/v1/products?limit=5&sort=newest", "/v1/products?sort=newest&limit=5", "/v1/products?%73ort=newest&limit=%35",
    ] { #expect(try await gateway.get(path).status == 200) }
    #expect(gateway.services.requestCount == 1)
    #expect(try await gateway.get("/v1/products?limit=6&sort=newest").status == 200)
    #expect(gateway.services.requestCount == 2)
  }

  @Test("Bad input never reaches the cache, and nothing private is kept")
  func notKept() async throws {
    let gateway = try GatewayFixture()
    for index in 0..<5 { #expect(try await gateway.get("/v1/products?nonsense=\(index)").status == 400) }
    _ = try await gateway.asSubscriber("GET", "/v1/alerts")
    _ = try await gateway.asSubscriber("GET", "/v1/alerts")
    #expect(gateway.parts.cache.table.count == 0 && gateway.services.requestCount == 2)
  }

  @Test("Tags are strong: gzip has its own, and each spares the body that it names and no other")
  func tags() async throws {
    let gateway = try GatewayFixture()
    for _ in 0..<2 {
      let plain = try await gateway.get("/openapi.json")
      let tag = try #require(plain["etag"])
      #expect(tag.hasPrefix("\"") && tag.utf8.count == 34)
      let packed = try await gateway.get("/openapi.json", [("accept-encoding", "br, gzip;q=0.5")])
      #expect(packed["content-encoding"] == "gzip" && packed["etag"] == "\"\(tag.dropFirst().dropLast())-gzip\"")
      #expect(Int(packed["content-length"] ?? "") ?? .max < plain.body.utf8.count / 2)
      for known in [tag, "W/\(tag)", "\"a\", \(tag)", "*"] {
        let reply = try await gateway.get("/openapi.json", [("if-none-match", known)])
        #expect(reply.status == 304 && reply.body.isEmpty && reply["etag"] == tag && reply["content-type"] == nil)
      }
      let packedTag = try #require(packed["etag"])
      #expect(try await gateway.get("/openapi.json", [("if-none-match", packedTag)]).status == 200)
      let same = [("if-none-match", packedTag), ("accept-encoding", "gzip")]
      #expect(try await gateway.get("/openapi.json", same).status == 304)
      let refused = try await gateway.get("/openapi.json", [("accept-encoding", "gzip;q=0, identity")])
      #expect(refused["content-encoding"] == nil)
      let head = try await gateway.send("HEAD", "/openapi.json")
      #expect(head.body.isEmpty && head["content-length"] == String(plain.body.utf8.count))
    }
  }

  @Test("A thousand who miss at once cost one question")
  func oneFlight() async throws {
    let gateway = try GatewayFixture()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<1000 { group.addTask { try await gateway.get("/v1/products/7").status } }
      for try await status in group { #expect(status == 200) }
    }
    #expect(gateway.services.requestCount == 1)
  }

  @Test("Who waits for a question that was asked before a change was told asks again", .timeLimit(.minutes(1)))
  func joinedTooEarly() async throws {
    let gateway = try GatewayFixture()
    gateway.services.hold()
    async let first = gateway.get("/v1/products/7")
    while gateway.services.requestCount == 0 { await Task.yield() }
    gateway.parts.cache.board.changed(product: 7, category: "", at: CacheClock.now())
    async let second = gateway.get("/v1/products/7")
    while gateway.parts.cache.flights.waitingCount == 0 { await Task.yield() }
    gateway.services.release()
    #expect(try await first.status == 200)
    #expect(try await second.status == 200)
    #expect(gateway.services.requestCount == 2)
  }

  @Test("Those who wait for a failure all hear of it, and the next one asks again")
  func failures() async throws {
    let gateway = try GatewayFixture()
    gateway.services.fail(with: RPCError(code: .notFound, message: "there is none"))
    #expect(try await gateway.get("/v1/products/7").status == 404)
    gateway.services.fail(with: nil)
    #expect(try await gateway.get("/v1/products/7").status == 200)
  }

  @Test("A changed product is asked for anew, at once; others are not")
  func changes() async throws {
    let gateway = try GatewayFixture()
    for path in ["/v1/products/7", "/v1/products/7/history", "/v1/products/7/statistics", "/v1/categories"] {
      _ = try await gateway.get(path)
    }
    let before = gateway.services.requestCount
    let board = gateway.parts.cache.board
    board.changed(product: 8, category: "a/b", at: CacheClock.now())
    _ = try await gateway.get("/v1/products/7")
    #expect(gateway.services.requestCount == before)
    board.changed(product: 7, category: "a/b", at: CacheClock.now())
    for path in ["/v1/products/7", "/v1/products/7/history", "/v1/products/7/statistics"] {
      _ = try await gateway.get(path)
    }
    #expect(gateway.services.requestCount == before + 3)
    _ = try await gateway.get("/v1/categories")
    #expect(gateway.services.requestCount == before + 3)
  }

  @Test("When the services are away an old answer is given; when they say no, it is not")
  func staleOnError() async throws {
    let gateway = try GatewayFixture()
    #expect(try await gateway.get("/v1/products/7").status == 200)
    gateway.parts.cache.board.changed(product: 7, category: "", at: CacheClock.now())
    gateway.services.fail(with: RPCError(code: .internal, message: "broken"))
    #expect(try await gateway.get("/v1/products/7").status == 200)
    gateway.services.fail(with: RPCError(code: .notFound, message: "gone"))
    #expect(try await gateway.get("/v1/products/7").status == 404)
  }

  @Test(
    "An answer that has grown old is given at once while one newer is fetched"
  )
  func staleWhileRevalidate() async throws {
    var configuration = CacheConfiguration()
    (configuration.products, configuration.revalidation, configuration.onError) = (0, 60_000, 60_000)
    let gateway = try GatewayFixture(cache: configuration)
    let first = try await gateway.get(list)
    gateway.services.hold()
    for _ in 0..<5 {
      let old = try await gateway.get(list)
      #expect(old.status == 200 && old.body == first.body)
    }
    #expect(gateway.services.requestCount == 1, "nobody fetches before the renewal runs")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await gateway.parts.cache.run(.inside) }
      while gateway.services.requestCount < 2 { await Task.yield() }
      let during = try await gateway.get(list)
      #expect(during.body == first.body, "while it runs, the old one serves")
      gateway.services.release()
      let before = gateway.services.requestCount
      // Renewed once for all that asked meanwhile, and again for the next.
      while gateway.services.requestCount == before {
        let newer = try await gateway.get(list)
        #expect(newer.status == 200)
        await Task.yield()
      }
      group.cancelAll()
    }
  }

  @Test("An answer too old to be given otherwise is given when the services are away, for as long as configured")
  func staleOnErrorByTime() async throws {
    var configuration = CacheConfiguration()
    (configuration.products, configuration.revalidation, configuration.onError) = (0, 0, 60_000)
    let away = RPCError(code: .unavailable, message: "away")
    let patient = try GatewayFixture(cache: configuration)
    #expect(try await patient.get(list).status == 200)
    #expect(try await patient.get(list).status == 200)
    #expect(patient.services.requestCount == 2)
    patient.services.fail(with: away)
    let old = try await patient.get(list)
    #expect(old.status == 200 && old["etag"] != nil && old["age"] != nil)
    #expect(old["cache-status"] == "fiyatradari; fwd=stale")
    configuration.onError = 0
    let strict = try GatewayFixture(cache: configuration)
    #expect(try await strict.get(list).status == 200)
    strict.services.fail(with: away)
    #expect(try await strict.get(list).status == 503)
  }

  @Test("Switched off, every request asks")
  func off() async throws {
    var configuration = CacheConfiguration()
    configuration.isEnabled = false
    let gateway = try GatewayFixture(cache: configuration)
    for _ in 0..<3 { #expect(try await gateway.get(list).status == 200) }
    #expect(gateway.services.requestCount == 3)
  }

  @Test("Other origins read what the configuration lets them, from kept answers too")
  func cors() async throws {
    let gateway = try GatewayFixture(cors: ["https://a.example"])
    for _ in 0..<2 {
      let allowed = try await gateway.get(list, [("origin", "https://a.example")])
      #expect(allowed["access-control-allow-origin"] == "https://a.example")
      #expect(allowed.fields[values: .vary].joined(separator: ", ").contains("Origin"))
      let other = try await gateway.get(list, [("origin", "https://b.example")])
      #expect(other.status == 200 && other["access-control-allow-origin"] == nil)
    }
    let preflight = try await gateway.send(
      "OPTIONS", "/v1/products", [("origin", "https://a.example"), ("access-control-request-method", "GET")])
    #expect(preflight.status == 204 && preflight["access-control-allow-methods"] == "GET, HEAD, OPTIONS")
  }
}

@Suite("What keeps answers right") struct ChangeBoardTests {
  private let plain = ChangeBoard.Limits(freshUntil: 70_000, staleUntil: 80_000)

  private func limits(_ board: ChangeBoard, _ scope: CacheScope, startedAt: Int64) -> ChangeBoard.Limits? {
    board.limits(scope, startedAt: startedAt, createdAt: startedAt + 2, plain)
  }

  @Test("An answer asked for before its product changed is old, even if it arrives afterwards")
  func order() {
    let board = ChangeBoard(settling: 500)
    let scope = CacheScope.product(ChangeBoard.slot(product: 7))
    #expect(limits(board, scope, startedAt: 10_000) == plain)
    board.changed(product: 7, category: "", at: 10_000)
    #expect(limits(board, scope, startedAt: 9_999) == nil)
    #expect(limits(board, scope, startedAt: 10_000) == nil)
    // The service may not know yet: kept for a moment.
    #expect(limits(board, scope, startedAt: 10_400) == ChangeBoard.Limits(freshUntil: 10_452, staleUntil: 10_452))
    #expect(limits(board, scope, startedAt: 10_501) == plain)
  }

  @Test("Lists are renewed within a second of a change in their category or below, and only those")
  func lists() {
    let board = ChangeBoard(settling: 500)
    board.changed(product: 7, category: "a/b/c", at: 10_000)
    for category in ["a", "a/b", "a/b/c"] {
      let found = limits(board, .list(ChangeBoard.slot(category: category)), startedAt: 9_000)
      #expect(found == ChangeBoard.Limits(freshUntil: 9_400, staleUntil: 9_750))
    }
    #expect(limits(board, .list(ChangeBoard.everything), startedAt: 9_000)?.staleUntil == 9_750)
    #expect(limits(board, .list(ChangeBoard.slot(category: "a/x")), startedAt: 9_000) == plain)
    #expect(limits(board, .list(ChangeBoard.everything), startedAt: 10_501) == plain)
  }

  @Test("When a product has gone, or gone elsewhere, every list is renewed, for the event does not tell where it was")
  func everyList() {
    let board = ChangeBoard(settling: 500)
    board.changedLists(at: 10_000)
    #expect(limits(board, .list(ChangeBoard.slot(category: "a/x")), startedAt: 9_000)?.staleUntil == 9_750)
    #expect(limits(board, .list(ChangeBoard.slot(category: "a/x")), startedAt: 10_501) == plain)
    #expect(limits(board, .product(ChangeBoard.slot(product: 7)), startedAt: 9_000) == plain)
  }

  @Test("When changes may have been missed, nothing asked for before counts")
  func floor() {
    let board = ChangeBoard()
    board.changedEverything(at: 10_000)
    #expect(limits(board, .constant, startedAt: 10_000) == nil)
    #expect(limits(board, .constant, startedAt: 10_001) == plain)
  }

  @Test(
    "gzip is given to those who take it",
    arguments: [
      ("gzip", true), ("GZIP", true), ("br;q=1, gzip;q=0.1", true), ("*", true), ("x-gzip", true), ("", false),
      ("br", false), ("gzip;q=0", false), ("gzip; q=0.000", false), ("*;q=0", false), ("gzipped", false),
      ("identity, *;q=0", false),
    ])
  func encodings(value: String, accepts: Bool) { #expect(AcceptedEncoding.isGzip(value) == accepts) }

  @Test("What Redis holds is read as it was written, and anything else is nothing")
  func sharedForm() {
    let stored = SharedCache.Stored(
      startedAt: 5, createdAt: 7, fields: [("content-type", "text/html")], body: ByteBuffer(string: "body"))
    var bytes = SharedCache.encode(stored)
    let read = SharedCache.decode(bytes)
    #expect(read?.startedAt == 5 && read?.createdAt == 7 && read?.body == stored.body)
    #expect(read?.fields.first?.name == "content-type" && read?.fields.first?.value == "text/html")
    for length in 0..<(bytes.readableBytes - 4) {
      #expect(SharedCache.decode(bytes.getSlice(at: 0, length: length) ?? ByteBuffer()) == nil)
    }
    bytes.setInteger(UInt8(9), at: 0)
    #expect(SharedCache.decode(bytes) == nil)
  }
}

@Suite("The table of answers") struct EntryTableTests {
  private func entry(_ name: String, bytes: Int = 100, startedAt: Int64 = 1, type: String? = nil) -> CacheEntry {
    let route = Route(.get, "/", name, tag: "", "", freshness: .publicSeconds(1), response: .nothing) { _ in .noContent
    }
    let question = CacheQuestion(
      GatewayRequest(
        head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"), known: KnownRoute(route),
        pathValues: [],
        query: QueryItems(), connection: .inside, body: nil))
    var fields = HTTPFields()
    fields[.contentType] = type
    return CacheEntry(
      question, key: question.key,
      GatewayResponse(fields: fields, body: ByteBuffer(repeating: 1, count: bytes)), startedAt: startedAt,
      createdAt: startedAt, fresh: 1000, configuration: CacheConfiguration(),
      figures: HTTPMetrics.RouteFigures("/", RequestTally()))
  }

  private func find(_ table: EntryTable, _ target: String) -> CacheEntry? {
    Array(target.utf8).withUnsafeBytes { table.find($0) }
  }

  private func note(_ table: EntryTable, _ target: String, _ entry: CacheEntry) {
    Array(target.utf8).withUnsafeBytes { table.note($0, for: entry) }
  }

  @Test("It holds no more than it may, and what is used stays")
  func bounds() {
    let table = EntryTable(maximumBytes: 1 << 20, maximumEntries: 10)
    let kept = entry("kept")
    table.insert(kept)
    note(table, "/kept", kept)
    for index in 0..<500 {
      kept.wasUsed.store(true, ordering: .relaxed)
      table.insert(entry("other-\(index)"))
      #expect(table.count <= 10)
    }
    #expect(find(table, "/kept") === kept)
    let small = EntryTable(maximumBytes: 40_000, maximumEntries: 1000)
    for index in 0..<100 { small.insert(entry("e\(index)", bytes: 3000)) }
    #expect(small.byteCount <= 40_000 && small.count > 1)
    small.insert(entry("huge", bytes: 20_000))
    #expect(small[entry("huge").key] == nil)
  }

  @Test("A compressed body counts as well, and makes room like any other")
  func compressed() {
    let table = EntryTable(maximumBytes: 30_000, maximumEntries: 100)
    let first = entry("first", bytes: 4500, type: "text/plain")
    table.insert(first)
    let before = table.byteCount
    #expect(first.variant(acceptsGzip: true) == nil)
    let made = first.compress()
    table.recount(first)
    #expect(table.byteCount == before + made.byteCount && first.variant(acceptsGzip: true) != nil)
    for index in 0..<5 {
      let other = entry("other-\(index)", bytes: 4500, type: "text/plain")
      table.insert(other)
      _ = other.compress()
      table.recount(other)
      #expect(table.byteCount <= 30_000)
    }
    // One that is not in the table is not counted.
    let count = table.byteCount
    table.recount(entry("stranger"))
    #expect(table.byteCount == count)
  }

  @Test("Of the endless spellings of a question a few are kept")
  func spellings() {
    let table = EntryTable(maximumBytes: 1 << 20, maximumEntries: 10)
    let one = entry("one")
    table.insert(one)
    for index in 0..<100 { note(table, "/one?\(index)", one) }
    #expect((0..<100).filter { find(table, "/one?\($0)") != nil }.count == EntryTable.spellingsPerEntry)
    #expect(find(table, "/two") == nil)
  }

  @Test("A later answer takes the place of an earlier one, never the other way")
  func replacing() {
    let table = EntryTable(maximumBytes: 1 << 20, maximumEntries: 10)
    let (late, early) = (entry("one", startedAt: 9), entry("one", startedAt: 5))
    table.insert(late)
    note(table, "/one", late)
    table.insert(early)
    #expect(find(table, "/one") === late && table.count == 1)
  }
}
