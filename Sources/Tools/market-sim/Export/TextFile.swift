internal import Glibc

/// Writing whole files.
package enum TextFile {
  /// A file or folder that cannot be written.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Throws: `Failure` unless the folder is there or could be made.
  package static func makeFolder(_ path: String) throws {
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw Failure(description: "\(path): cannot make the folder: \(String(cString: strerror(errno)))")
    }
  }

  /// The file is complete or as it was before.
  ///
  /// - Throws: `Failure`.
  package static func write(_ text: String, to path: String) throws {
    let draft = path + ".new"
    func failure(_ what: String) -> Failure {
      Failure(description: "\(path): cannot \(what): \(String(cString: strerror(errno)))")
    }
    let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure("open it") }
    defer { close(file) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write it") }
      rest = rest.dropFirst(count)
    }
    guard rename(draft, path) == 0 else { throw failure("put it in place") }
  }
}
