internal import Glibc

/// A feed that lies in a file.
package enum FeedFile {
  /// Reads the file in pieces and hands each item or fault to `body`. Blocks its thread: not for the cooperative pool.
  ///
  /// - Throws: `SourceError` `.unreachable` when the file cannot be read, and what `body` throws.
  package static func read(
    _ path: String, locale: String, chunk: Int = 256 * 1_024, _ body: (FeedElement) throws -> Void
  ) throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SourceError(.unreachable, "the feed's file cannot be opened (errno \(errno))") }
    defer { close(file) }
    let reader = FeedReader(locale: locale)
    while true {
      var failure: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
        let read = Glibc.read(file, buffer.baseAddress, buffer.count)
        if read < 0 { failure = errno }
        count = max(0, read)
      }
      if failure == EINTR { continue }
      guard failure == 0 else { throw SourceError(.unreachable, "the feed's file cannot be read (errno \(failure))") }
      if bytes.isEmpty { break }
      reader.append(bytes)
      while let element = reader.next() { try body(element) }
    }
    reader.finish()
    while let element = reader.next() { try body(element) }
  }
}
