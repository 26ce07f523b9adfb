import Glibc

/// How much of a file the services have acknowledged, kept so that an interrupted import goes on there.
///
/// It is a convenience: taking rows over twice changes nothing.
struct ImportCheckpoint {
  private let path: String
  private let identity: String

  /// - Parameter purpose: what the file is imported as: kind and shop.
  init(file: String, purpose: String) throws {
    var status = stat()
    guard stat(file, &status) == 0, let real = realpath(file, nil) else {
      throw FiyatError("\(file): \(String(cString: strerror(errno)))")
    }
    defer { free(real) }
    identity = "\(String(cString: real))\t\(purpose)\t\(status.st_size)\t\(status.st_mtim.tv_sec)"
    let hash = identity.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    path = try Self.folder() + "/" + String(hash, radix: 16)
  }

  /// Lines of the file that need not be sent again.
  func acknowledgedLines() -> Int64 {
    guard let file = fopen(path, "r") else { return 0 }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 8192)
    guard fgets(&buffer, Int32(buffer.count), file) != nil else { return 0 }
    let length = buffer.firstIndex(of: 0) ?? 0
    let text = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let tab = text.firstIndex(of: "\t"), text[text.index(after: tab)...] == identity else { return 0 }
    return Int64(text[..<tab]) ?? 0
  }

  /// - Throws: `FiyatError` when it cannot be written.
  func record(lines: Int64) throws {
    // Written beside and renamed, so that a crash leaves the old or the new one.
    let next = path + ".new"
    guard let file = fopen(next, "w") else { throw failure() }
    let isWritten = fputs("\(lines)\t\(identity)", file) >= 0
    guard fclose(file) == 0, isWritten, rename(next, path) == 0 else { throw failure() }
  }

  /// Forgets it, at the end of an import.
  func clear() { unlink(path) }

  private func failure() -> FiyatError {
    FiyatError("cannot keep the import's state in \(path): \(String(cString: strerror(errno)))")
  }

  /// `$XDG_STATE_HOME/fiyatradari` (XDG Base Directory Specification), made if it is missing.
  private static func folder() throws -> String {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    let state = variable("XDG_STATE_HOME") ?? (variable("HOME") ?? "/tmp") + "/.local/state"
    var folder = ""
    for part in (state + "/fiyatradari").split(separator: "/") {
      folder += "/" + part
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
        throw FiyatError("\(folder): \(String(cString: strerror(errno)))")
      }
    }
    return folder
  }
}
