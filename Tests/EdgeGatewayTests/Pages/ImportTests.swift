import HTTPTypes
import ImportTable
import Logging
import MeshMessages
import MeshRPC
import Synchronization
import Testing

@testable import EdgeGateway

@Suite("Forms with a file")
struct MultipartFormTests {
  private static func body(_ parts: [String], boundary: String = "xyz") -> [UInt8] {
    Array((parts.map { "--\(boundary)\r\n\($0)\r\n" }.joined() + "--\(boundary)--\r\n").utf8)
  }

  private static let text = "Content-Disposition: form-data; name=\"shop\"\r\n\r\nshop-a"
  private static let file =
    "Content-Disposition: form-data; name=\"file\"; filename=\"C:\\tmp\\a.csv\"\r\nContent-Type: text/csv\r\n\r\nid,title\r\n1,--x\r\n"

  @Test("Texts and a file are read as browsers write them")
  func read() throws {
    let form = try MultipartForm(Self.body([Self.text, Self.file]), boundary: "xyz", fileField: "file")
    #expect(form.fields.map(\.name) == ["shop"] && form.fields.map(\.value) == ["shop-a"])
    #expect(form.file?.name == "a.csv")
    #expect(form.file.map { String(decoding: $0.bytes, as: UTF8.self) } == "id,title\r\n1,--x\r\n")
    #expect(try MultipartForm(Array("--xyz--".utf8), boundary: "xyz", fileField: "file").file == nil)
  }

  @Test(
    "What is malformed, too much, or given twice is refused",
    arguments: [
      [], Array("--xyz".utf8), Array("--xyz\r\n".utf8), Array("--xyz\r\nContent-Disposition: form-data".utf8),
      body(["X: y\r\n\r\nz"]), body(["Content-Disposition: form-data; name=\"\"\r\n\r\nz"]), body([text, text]),
      body([file, file]), body([String](repeating: "", count: 30)),
      body(["Content-Disposition: form-data; name=\"shop\"\r\n\r\n" + String(repeating: "a", count: 1025)]),
      body(["Content-Disposition: form-data; name=\"shop\"\r\n\r\na\u{0}b"]),
      body(["X: " + String(repeating: "a", count: 4000) + "\r\n" + text]), body([text], boundary: "other"),
    ] as [[UInt8]])
  func refused(body: [UInt8]) {
    let problem = #expect(throws: Problem.self) { try MultipartForm(body, boundary: "xyz", fileField: "file") }
    #expect(problem?.status == .badRequest)
  }

  @Test("What is cut off anywhere is refused, and never read as whole")
  func cut() {
    let whole = Self.body([Self.text, Self.file])
    for end in 0..<(whole.count - 4) {
      #expect(throws: Problem.self) { try MultipartForm(Array(whole[..<end]), boundary: "xyz", fileField: "file") }
    }
  }

  @Test(
    "The boundary is that of the content type",
    arguments: [
      ("multipart/form-data; boundary=xyz", "xyz"), ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"", nil),
      ("multipart/form-data; boundary=\"a=b\"", "a=b"), ("multipart/form-data", nil),
      ("application/x-www-form-urlencoded; boundary=x", nil), ("multipart/form-data; boundary=", nil), ("", nil),
      ("multipart/form-data; boundary=" + String(repeating: "a", count: 71), nil),
    ] as [(String, String?)])
  func boundary(type: String, boundary: String?) { #expect(MultipartForm.boundary(of: type) == boundary) }
}

@Suite("Imports by operators' pages")
struct ImportTests {
  /// Imports in memory.
  private final class Log: ImportLog {
    private let state = Mutex<(records: [ImportRecord], ended: Set<Int64>)>(([], []))

    var records: [ImportRecord] { state.withLock { $0.records } }
    func hasEnded(_ id: Int64) -> Bool { state.withLock { $0.ended.contains(id) } }

    func begin(_ record: ImportRecord) async throws -> Int64 {
      state.withLock { state in
        var record = record
        record.id = Int64(state.records.count + 1)
        state.records.append(record)
        return record.id
      }
    }

    func update(_ record: ImportRecord, hasEnded: Bool) async throws {
      state.withLock { state in
        state.records[Int(record.id) - 1] = record
        if hasEnded { state.ended.insert(record.id) }
      }
    }
  }

  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private static func file(_ text: String) -> UploadedFile { UploadedFile(name: "a.csv", bytes: Array(text.utf8)) }

  /// Runs until the import has ended.
  private func finish(_ desk: ImportDesk, _ log: Log, _ id: Int64, _ gateway: GatewayFixture) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await desk.run(gateway.backends, logger: Self.logger) }
      while !log.hasEnded(id) { await Task.yield() }
      group.cancelAll()
    }
  }

  @Test("Rows are handed over in parts, and those that cannot be are told with their lines")
  func rows() async throws {
    let gateway = try GatewayFixture()
    let log = Log()
    let desk = ImportDesk(log: log)
    var text = "id,title,brand,color\n"
    for index in 0..<4500 { text += "\(index),Product \(index),\"M, \(index)\",red\n" }
    text += ",no id\nbad\"quote,x\n9999,rejected\n"
    let id = try await desk.take(Self.file(text), ProductRows(shop: "shop-a", currency: "TRY", priority: .hot))
    await finish(desk, log, id, gateway)
    let record = try #require(log.records.last)
    #expect(record.rows == 4502 && record.created == 4500 && record.rejected == 3 && record.failure.isEmpty)
    #expect(record.faults.map(\.line).sorted() == [4502, 4503, 4504])
    #expect(record.doneBytes == record.bytes && record.bytes == Int64(text.utf8.count))
    let requests = gateway.services.all(CatalogV1.ImportProductsRequest.self)
    #expect(requests.map(\.products.count) == [2000, 2000, 501])
    let first = try #require(requests.first?.products.first)
    #expect(first.shop == "shop-a" && first.currency == "TRY" && first.priority == .hot && first.source == "push")
    #expect(first.brand == "M, 0" && first.attributes == ["color": "red"] && first.line == 2)
  }

  @Test("A service that is away ends an import with its reason")
  func away() async throws {
    let gateway = try GatewayFixture()
    gateway.services.fail(with: RPCError(code: .unavailable, message: "secret inside"))
    let log = Log()
    let desk = ImportDesk(log: log)
    let id = try await desk.take(Self.file("id,title\n1,x\n"), ProductRows(shop: "shop-a"))
    await finish(desk, log, id, gateway)
    #expect(log.records.last?.failure == "a service that is needed is away; try again in a second")
  }

  @Test("One waits; a further one is refused, and is told to have ended")
  func busy() async throws {
    let log = Log()
    let desk = ImportDesk(log: log)
    _ = try await desk.take(Self.file("id,title\n"), ProductRows(shop: "shop-a"))
    let problem = await #expect(throws: Problem.self) {
      try await desk.take(Self.file("id,title\n"), ProductRows(shop: "shop-a"))
    }
    #expect(problem?.status == .conflict && log.hasEnded(2) && !log.hasEnded(1))
  }

  @Test("What is no table of products is refused before it begins", arguments: ["", "\n", "a;b\n", "id\n1\n", "\"id"])
  func refused(text: String) async throws {
    let log = Log()
    let problem = await #expect(throws: Problem.self) {
      try await ImportDesk(log: log).take(Self.file(text), ProductRows(shop: "shop-a"))
    }
    #expect(problem?.field == "file" && log.records.isEmpty)
  }

  @Test("The reasons that are kept are bounded, and the report is a table in which nothing is a formula")
  func report() {
    var record = ImportRecord(fileName: "a.csv", shop: "shop-a", bytes: 1)
    record.reject(line: 3, "=cmd|' /C calc'!A0")
    record.reject(line: 4, "title: \"x\", too long")
    #expect(
      ImportPage.report(record)
        == "line,reason\r\n3,\"'=cmd|' /C calc'!A0\"\r\n4,\"title: \"\"x\"\", too long\"\r\n")
    for line in 0..<Int64(2000) { record.reject(line: line, String(repeating: "y", count: 2000)) }
    #expect(record.rejected == 2002 && record.faults.count == 1000 && record.faults.last?.reason.count == 500)
  }

  @Test("A form with a file needs its token and its origin, and is refused before anything is kept")
  func foreign() async throws {
    let gateway = try GatewayFixture()
    let token = try gateway.directory.signIn(account: 9, role: .operator, session: 5).text
    let body = "--xyz\r\nContent-Disposition: form-data; name=\"shop\"\r\n\r\nshop-a\r\n--xyz--\r\n"
    func send(_ fields: [(String, String)], _ body: String = body) async throws -> Int {
      try await gateway.send(
        "POST", "/admin/import", [("accept", "text/html"), ("cookie", "__Host-session=" + token)] + fields, body: body
      ).status
    }
    let type = ("content-type", "multipart/form-data; boundary=xyz")
    #expect(try await send([type, ("origin", "https://fiyat.example")]) == 403)
    #expect(try await send([type, ("origin", "https://evil.example")]) == 403)
    #expect(try await send([("content-type", "text/csv"), ("origin", "https://fiyat.example")]) == 415)
    let large = String(repeating: "a", count: ImportDesk.maximumBytes + FormFields.maximumBytes + 1)
    #expect(try await send([type, ("origin", "https://fiyat.example")], large) == 413)
    #expect(gateway.audit.entries.isEmpty)
  }
}
