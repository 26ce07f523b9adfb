internal import Glibc

/// Why a file's text could not be had, as the end of a sentence.
package struct FileTextError: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}

/// Small files, read at start.
package enum FileText {
  /// - Throws: `FileTextError` when it cannot be opened, has more than `limit` bytes, or is not UTF-8.
  package static func read(_ path: String, limit: Int) throws(FileTextError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileTextError(reason(errno)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileTextError(reason(errno)) }
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw FileTextError("it has more than \(limit) bytes") }
    }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw FileTextError("it is not UTF-8 text")
    }
    return text
  }

  private static func reason(_ number: Int32) -> String {
    switch number {
    case ENOENT: "there is no such file"
    case EACCES: "permission denied"
    case EISDIR: "it is a directory"
    default: "error \(number)"
    }
  }
}
