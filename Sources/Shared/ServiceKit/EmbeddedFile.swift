internal import PostgresClient

/// A file that SwiftPM put into the program: `resources: [.embedInCode("Storage/Migrations")]` makes
/// `PackageResources._001_products_sql` of `0001-products.sql` (a first digit and what no identifier has become `_`).
package struct EmbeddedFile: Sendable {
  /// As on disk.
  package let name: String
  package let bytes: [UInt8]

  package init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// The migration that a file `NNNN-name.sql` holds.
  ///
  /// - Throws: `ServiceError` `.internal` when the file is not named so or is not UTF-8.
  func migration() throws(ServiceError) -> Migration {
    let parts = name.split(separator: "-", maxSplits: 1)
    guard name.hasSuffix(".sql"), parts.count == 2, parts[0].utf8.count == 4, let number = Int(parts[0]),
      let sql = String(validating: bytes, as: UTF8.self)
    else {
      throw ServiceError(.internal, "the migration \(name) is not UTF-8 text in a file named NNNN-name.sql")
    }
    return Migration(number: number, name: String(parts[1].dropLast(4)), sql: sql)
  }
}
