import EventLog
import Foundation
import ServiceKit
import Testing

@testable import CatalogService

@Suite("The catalogue's migrations")
struct MigrationTests {
  @Test("Each file of the folder is applied, by its number")
  func complete() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "Sources/CatalogService/Storage/Migrations")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(CatalogService.migrations.map(\.name) == files)
  }

  @Test("The event log's tables are as the event log wants them")
  func eventLog() {
    let text = String(decoding: CatalogService.migrations[1].bytes, as: UTF8.self)
    let wanted = EventLogSchema.outbox(schema: "catalog") + EventLogSchema.inbox(schema: "catalog")
    func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }
    #expect(lines(text) == lines(wanted))
  }
}
