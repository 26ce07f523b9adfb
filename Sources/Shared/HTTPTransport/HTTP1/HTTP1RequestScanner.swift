/// Reads the heads of simple requests: `GET` or `HEAD` of a path in HTTP/1.1 whose fields say nothing about a body or
/// the connection.
///
/// It takes a part of what RFC 9112 allows, to the letter, and leaves all else to the general decoder: every line ends
/// in CR LF, no field is folded, `Host` comes first and once. So it can't see a request's end elsewhere than the
/// decoder would.
enum HTTP1RequestScanner {
  struct Found {
    /// Whether the method is HEAD.
    var isHead: Bool
    /// Bytes of the head, its empty line included.
    var length: Int
  }

  private static let space = UInt8(ascii: " ")
  private static let tab = UInt8(ascii: "\t")
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let lineFeed = UInt8(ascii: "\n")

  /// Reads a head into `block`, in the shape that `HeaderBlock.make` gives it.
  ///
  /// - Returns: nil for a head that is not whole or not simple; `block` holds nothing of use then.
  static func scan(
    _ bytes: UnsafeRawBufferPointer, isSecure: Bool, limits: HTTP1Limits, into block: inout HeaderBlock
  ) -> Found? {
    let isHead: Bool
    var index: Int
    if starts(bytes, with: "GET /") {
      isHead = false
      index = 4
    } else if starts(bytes, with: "HEAD /") {
      isHead = true
      index = 5
    } else {
      return nil
    }
    let end = min(bytes.count, limits.maxHeaderBytes)
    let pathStart = index
    while index < end, bytes[index] > space, bytes[index] < 0x7f { index += 1 }
    let path = UnsafeRawBufferPointer(rebasing: bytes[pathStart..<index])
    guard starts(bytes, at: index, with: " HTTP/1.1\r\n") else { return nil }
    index += 11

    block.removeAll()
    block.append(":method", isHead ? "HEAD" : "GET")
    block.append(":scheme", isSecure ? "https" : "http")
    block.append(name: name(":path"), value: path)
    var size = path.count + 32
    while true {
      guard index + 1 < end else { return nil }
      if bytes[index] == carriageReturn {
        guard bytes[index + 1] == lineFeed, block.count >= 4 else { return nil }
        return Found(isHead: isHead, length: index + 2)
      }
      guard let line = field(bytes, from: index, to: end) else { return nil }
      index = line.next
      size += line.name.count + line.value.count + 32
      guard size <= limits.maxHeaderBytes, block.count < limits.maxHeaderFields else { return nil }
      // The first field must be Host, and no other one may.
      if block.count == 3 {
        guard isNamed(line.name, "host") else { return nil }
        block.append(name: name(":authority"), value: line.value)
        continue
      }
      switch concern(line) {
      case .request: block.append(mixedCaseName: line.name, value: line.value)
      case .keepAlive: break
      case .other: return nil
      }
    }
  }

  private struct Line {
    var name: UnsafeRawBufferPointer
    var value: UnsafeRawBufferPointer
    var next: Int
  }

  /// `name: value CR LF` (RFC 9112 §5).
  private static func field(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Line? {
    var index = start
    while index < end, isToken[Int(bytes[index])] { index += 1 }
    guard index > start, index < end, bytes[index] == UInt8(ascii: ":") else { return nil }
    let name = UnsafeRawBufferPointer(rebasing: bytes[start..<index])
    index += 1
    while index < end, bytes[index] == space || bytes[index] == tab { index += 1 }
    let valueStart = index
    while index < end, bytes[index] >= space ? bytes[index] != 0x7f : bytes[index] == tab { index += 1 }
    guard index + 1 < end, bytes[index] == carriageReturn, bytes[index + 1] == lineFeed else { return nil }
    var valueEnd = index
    while valueEnd > valueStart, bytes[valueEnd - 1] == space || bytes[valueEnd - 1] == tab { valueEnd -= 1 }
    return Line(name: name, value: UnsafeRawBufferPointer(rebasing: bytes[valueStart..<valueEnd]), next: index + 2)
  }

  private enum Concern { case request, keepAlive, other }

  /// Whether a field is about the request only. Lengths are compared first: most names differ there.
  private static func concern(_ line: Line) -> Concern {
    switch line.name.count {
    case 2: isNamed(line.name, "te") ? .other : .request
    case 4: isNamed(line.name, "host") ? .other : .request
    case 6: isNamed(line.name, "expect") ? .other : .request
    case 7: isNamed(line.name, "upgrade") || isNamed(line.name, "trailer") ? .other : .request
    case 10:
      if isNamed(line.name, "connection") {
        isNamed(line.value, "keep-alive") ? .keepAlive : .other
      } else {
        isNamed(line.name, "keep-alive") ? .other : .request
      }
    case 14: isNamed(line.name, "content-length") || isNamed(line.name, "http2-settings") ? .other : .request
    case 16: isNamed(line.name, "proxy-connection") ? .other : .request
    case 17: isNamed(line.name, "transfer-encoding") ? .other : .request
    default: .request
    }
  }

  /// Compares without regard to case.
  private static func isNamed(_ bytes: UnsafeRawBufferPointer, _ wanted: StaticString) -> Bool {
    guard bytes.count == wanted.utf8CodeUnitCount else { return false }
    for index in 0..<bytes.count {
      let byte = bytes[index]
      let lower = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
      if lower != wanted.utf8Start[index] { return false }
    }
    return true
  }

  private static func starts(_ bytes: UnsafeRawBufferPointer, at start: Int = 0, with text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard start + count <= bytes.count else { return false }
    for index in 0..<count where bytes[start + index] != text.utf8Start[index] { return false }
    return true
  }

  private static func name(_ text: StaticString) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }

  /// RFC 9110 §5.6.2.
  private static let isToken: [Bool] = {
    var table = [Bool](repeating: false, count: 256)
    for byte in "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8 {
      table[Int(byte)] = true
    }
    return table
  }()
}
