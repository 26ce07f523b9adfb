internal import Glibc

/// A directory of a test's own; removed with its owner, at the latest when the test process ends, however it ends.
package final class TemporaryDirectory: Sendable {
  /// Absolute, and short enough for Unix sockets in it.
  package let path: String

  /// - Parameters:
  ///   - prefix: a part of its name.
  ///   - owner: whom it belongs to, when not us; only root can give it away.
  /// - Throws: `TestSupportError`
  package convenience init(prefix: String) throws {
    try self.init(prefix: prefix, owner: nil)
  }

  init(prefix: String, owner: (user: uid_t, group: gid_t)?) throws {
    var template = Array("/tmp/fiyat-\(prefix)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestSupportError("cannot make a directory under /tmp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try ProcessGuard.shared.watch(directory: path)
    if let owner, chown(path, owner.user, owner.group) != 0 {
      throw TestSupportError("cannot give \(path) to user \(owner.user)")
    }
  }

  deinit {
    ProcessGuard.shared.remove(directory: path)
  }

  /// The path of a file in it.
  package func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file into it and returns the file's path.
  ///
  /// - Throws: `TestSupportError`
  @discardableResult
  package func write(_ text: String, to name: String, appending: Bool = false) throws -> String {
    let file = file(name)
    guard let stream = fopen(file, appending ? "ae" : "we") else { throw TestSupportError("cannot write \(file)") }
    let isWritten = fputs(text, stream) >= 0
    guard fclose(stream) == 0, isWritten else { throw TestSupportError("cannot write \(file)") }
    return file
  }

  /// A small file's text; nil when it cannot be opened.
  package func read(_ name: String) -> String? { readFile(file(name)) }
}

/// A small file's text, from /proc too; nil when it cannot be opened.
func readFile(_ path: String) -> String? {
  guard let stream = fopen(path, "re") else { return nil }
  defer { fclose(stream) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 8192)
  while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { bytes += buffer[..<count] }
  return String(decoding: bytes, as: UTF8.self)
}
