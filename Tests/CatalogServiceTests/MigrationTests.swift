import EventLog
import ServiceKit
import Testing

@testable import CatalogService

@Suite("The catalogue's migrations")
struct MigrationTests {
  @Test("The event log's tables are as the event log wants them")
  func eventLog() {
    let text = String(decoding: CatalogService.migrations[1].bytes, as: UTF8.self)
    let wanted = EventLogSchema.outbox(schema: "catalog") + EventLogSchema.inbox(schema: "catalog")
    func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }
    #expect(lines(text) == lines(wanted))
  }
}
