import Foundation
import ServiceKit
import Testing

@testable import CatalogService

@Suite("Migrations")
struct MigrationListTests {
  @Test("Each file of the folder is applied, in order, as it is on disk")
  func isComplete() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/CatalogService/Storage/Migrations").standardized
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let applied = try #require(CatalogService.description.migrations)
    #expect(applied.map(\.name) == names)
    for file in applied {
      #expect(try Data(contentsOf: folder.appending(path: file.name)) == Data(file.bytes))
    }
  }
}
