import CSVText
import Foundation
import ImportTable
import Testing

@testable import FiyatCommands

@Suite("Imports of the command line")
struct ImportTests {
  /// Runs `body` with the path of a file that holds `bytes`.
  private func withFile(_ bytes: [UInt8], name: String = "rows.csv", _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("import-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    try body(file.path)
  }

  private func firstError(_ text: [UInt8], name: String = "rows.csv") throws -> String {
    var message = ""
    try withFile(text, name: name) { path in
      do {
        var file = try TableFile(path, required: [["product_id", "id"], ["price"]])
        defer { file.close() }
        while try file.next() != nil {}
      } catch let error as FiyatError {
        message = error.description.replacing(path, with: "FILE")
      }
    }
    return message
  }

  @Test(
    "A file whose header lacks a column is refused as a whole, by the column's name",
    arguments: [
      ("id;price\n1;2\n", "FILE, line 1, the header: expected a column product_id or id, found id;price"),
      ("\n\nPRODUCT_ID,cost\n", "FILE, line 3, the header: expected a column price, found PRODUCT_ID, cost"),
      ("\u{1B}[2J,price\n", "FILE, line 1, the header: expected a column product_id or id, found  [2J, price"),
      ("id\"x,price\n", "FILE, line 1, the header: a quote inside an unquoted field"),
      ("\u{FEFF}ID, Price \n1,2\n", ""),
    ])
  func header(text: String, message: String) throws {
    #expect(try firstError(Array(text.utf8)) == message)
  }

  @Test("A .gz file that is none says so")
  func notCompressed() throws {
    #expect(
      try firstError(Array("id,price\n".utf8), name: "rows.csv.gz").hasPrefix("FILE: expected a whole gzip file: "))
    #expect(try firstError([0x1f, 0x8b, 8], name: "rows.csv.gz").hasPrefix("FILE: expected a whole gzip file: "))
  }

  @Test("A row in another encoding is refused by its column")
  func encoding() {
    let header = CSVHeader(CSVRow(line: 1, fields: ["id", "title"]))
    #expect(throws: RowFault.self) {
      try RowFault.checkText(CSVRow(line: 2, fields: ["1", "Kulakl\u{FFFD}k"]), header)
    }
    #expect(throws: Never.self) { try RowFault.checkText(CSVRow(line: 2, fields: ["1", "Kulaklık ﬁ"]), header) }
  }

  @Test("The report for programs lists what was rejected, the one for people its beginning")
  func report() {
    var report = ImportReport()
    report.rows = 25
    report.add("recorded", 2)
    for line in 1...23 { report.reject(line: Int64(line), "price: \"no\"") }
    #expect(report.text(rate: 5).hasPrefix("25 rows: 2 recorded, 23 rejected (5/s)\nline 1: price: \"no\"\n"))
    #expect(report.text(rate: 5).hasSuffix("line 20: price: \"no\"\n… and 3 more"))
    report.resumedBehind = 9
    #expect(report.text(rate: 5).hasPrefix("went on behind line 9\n"))
    let json = report.json(rate: 5)
    #expect(
      json.hasPrefix(#"{"rows":25,"recorded":2,"rejected":23,"rate":5,"resumed behind":9,"rejections":[{"line":1,"#))
    #expect(json.contains(#"{"line":23,"reason":"price: \"no\""}"#))
  }
}
