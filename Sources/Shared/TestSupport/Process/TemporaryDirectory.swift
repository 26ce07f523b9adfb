#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A directory of a test's own; removed with its owner, at the latest when the test process ends.
package final class TemporaryDirectory: Sendable {
  /// Absolute, and short enough for Unix sockets in it.
  package let path: String

  /// - Throws: `TestProcess.Failure`
  package init(prefix: String) throws {
    var template = Array("/tmp/fiyat-\(prefix)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestProcess.Failure("cannot make a directory under /tmp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try ProcessGuard.shared.watch(directory: path)
  }

  deinit {
    ProcessGuard.shared.remove(directory: path)
  }

  /// Writes a file into it and returns the file's path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    let file = path + "/" + name
    guard let stream = fopen(file, "w") else { throw TestProcess.Failure("cannot write \(file)") }
    defer { fclose(stream) }
    guard fputs(text, stream) >= 0 else { throw TestProcess.Failure("cannot write \(file)") }
    return file
  }

  /// A small file's text.
  package static func read(_ file: String) throws -> String {
    guard let stream = fopen(file, "r") else { throw TestProcess.Failure("cannot read \(file)") }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
