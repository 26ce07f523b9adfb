internal import Glibc

/// One numbered step of a schema: the file `NNNN-name.sql`.
package struct Migration: Sendable, Equatable {
  /// From 1, without gaps.
  package var number: Int
  package var name: String
  /// Any number of statements. They run in one transaction, which they must not end.
  package var sql: String

  package init(number: Int, name: String, sql: String) {
    self.number = number
    self.name = name
    self.sql = sql
  }

  /// As its file is called, without the suffix.
  package var label: String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-" + name
  }

  /// Reads all `.sql` files of a directory, e.g. a bundle's resources; other files are none of ours.
  /// - Throws: `PostgresError` `.migration` when the directory or a file cannot be read, a name is not
  ///   `NNNN-name.sql`, or numbers are missing or double.
  package static func load(directory: String) throws(PostgresError) -> [Migration] {
    guard let handle = opendir(directory) else {
      throw PostgresError(.migration, "the directory of migrations cannot be opened: \(directory)")
    }
    defer { closedir(handle) }
    var migrations: [Migration] = []
    while let entry = readdir(handle) {
      let file = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard file.hasSuffix(".sql") else { continue }
      guard let (number, name) = parse(fileName: file) else {
        throw PostgresError(.migration, "\(file) is not named NNNN-name.sql")
      }
      migrations.append(Migration(number: number, name: name, sql: try read(directory + "/" + file, named: file)))
    }
    return try validated(migrations)
  }

  static func parse(fileName: String) -> (number: Int, name: String)? {
    guard fileName.hasSuffix(".sql") else { return nil }
    let parts = fileName.dropLast(4).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 4, parts[0].allSatisfy({ $0.isASCII && $0.isNumber }),
      let number = Int(parts[0]), number > 0, !parts[1].isEmpty
    else { return nil }
    return (number, String(parts[1]))
  }

  /// In order.
  /// - Throws: `PostgresError` `.migration` when a number is missing or double.
  static func validated(_ migrations: [Migration]) throws(PostgresError) -> [Migration] {
    let sorted = migrations.sorted { ($0.number, $0.name) < ($1.number, $1.name) }
    for (index, migration) in sorted.enumerated() where migration.number != index + 1 {
      if index > 0, sorted[index - 1].number == migration.number {
        throw PostgresError(.migration, "\(sorted[index - 1].label) and \(migration.label) have the same number")
      }
      throw PostgresError(.migration, "number \(index + 1) is missing before \(migration.label): numbers have no gaps")
    }
    return sorted
  }

  private static func read(_ path: String, named name: String) throws(PostgresError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw PostgresError(.migration, "\(name) cannot be read") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count >= 0 else { throw PostgresError(.migration, "\(name) cannot be read") }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw PostgresError(.migration, "\(name) is not UTF-8 text")
    }
    return text
  }
}
