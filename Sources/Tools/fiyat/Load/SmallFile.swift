import Glibc

/// Files that are read at once.
enum SmallFile {
  /// - Throws: `FiyatError` with the path and what is wrong.
  static func read(_ path: String, maximumBytes: Int) throws(FiyatError) -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw failure(path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= maximumBytes else { throw FiyatError("\(path): expected at most \(maximumBytes) bytes") }
    }
    guard ferror(file) == 0 else { throw failure(path) }
    return bytes
  }

  static func failure(_ path: String) -> FiyatError {
    FiyatError("\(path): \(String(cString: strerror(errno)))")
  }
}

/// Where a report goes. Opened before the work, so that a path that cannot be written costs nobody an hour.
final class ReportFile {
  private let path: String
  private let file: UnsafeMutablePointer<FILE>

  /// - Throws: `FiyatError`.
  init(_ path: String) throws(FiyatError) {
    guard let file = fopen(path, "wb") else { throw SmallFile.failure(path) }
    self.path = path
    self.file = file
  }

  deinit { fclose(file) }

  /// - Throws: `FiyatError`.
  func write(_ text: String) throws(FiyatError) {
    let bytes = Array((text + "\n").utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fflush(file) == 0 else { throw SmallFile.failure(path) }
  }
}
