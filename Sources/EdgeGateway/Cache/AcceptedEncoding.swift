/// What `Accept-Encoding` says of gzip (RFC 9110 §12.5.3).
enum AcceptedEncoding {
  static func isGzip(_ value: String?) -> Bool {
    guard var value else { return false }
    return value.withUTF8 { isGzip(UnsafeRawBufferPointer($0)) }
  }

  static func isGzip(_ value: UnsafeRawBufferPointer) -> Bool {
    var any = false
    var start = 0
    while start < value.count {
      var end = start
      while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
      let element = UnsafeRawBufferPointer(rebasing: value[start..<end])
      start = end + 1
      let name = trimmed(element.prefix { $0 != UInt8(ascii: ";") })
      if matches(name, "gzip") || matches(name, "x-gzip") { return !isRefused(element) }
      if matches(name, "*") { any = !isRefused(element) }
    }
    return any
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    var bytes = bytes.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    while let last = bytes.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { bytes = bytes.dropLast() }
    return bytes
  }

  private static func matches(_ bytes: Slice<UnsafeRawBufferPointer>, _ name: StaticString) -> Bool {
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    var pointer = name.utf8Start
    for byte in bytes {
      if byte | 0x20 != pointer.pointee | 0x20 { return false }
      pointer += 1
    }
    return true
  }

  /// Whether its weight is 0: `;q=0`, `;q=0.0` and so on.
  private static func isRefused(_ element: UnsafeRawBufferPointer) -> Bool {
    guard let semicolon = element.firstIndex(of: UInt8(ascii: ";")) else { return false }
    let weight = element[(semicolon + 1)...].filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    guard weight.count >= 3, weight[0] | 0x20 == UInt8(ascii: "q"), weight[1] == UInt8(ascii: "=") else { return false }
    return weight.dropFirst(2).allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
  }
}
