extension OutboundURL {
  /// The URL that a `Location` field means, seen from this one (RFC 3986 §5.2, RFC 9110 §10.2.2).
  ///
  /// Shops write spaces and letters of their language into it; these are percent-encoded as browsers do. All else is
  /// read as strictly as any URL.
  ///
  /// - Throws: `OutboundError` `.invalidURL`.
  func resolving(_ location: String) throws(OutboundError) -> OutboundURL {
    guard location.utf8.count <= Self.maximumLength else {
      throw Self.invalid("it has more than \(Self.maximumLength) bytes")
    }
    let reference = Self.percentEncoded(location)
    if let scheme = Self.scheme(of: reference) {
      guard scheme == "http" || scheme == "https" else {
        throw Self.invalid("it must start with http:// or https://")
      }
      return try OutboundURL(reference)
    }
    if reference.hasPrefix("//") { return try OutboundURL(scheme: scheme, behindSlashes: reference.dropFirst(2)) }
    var tail = reference.prefix { $0 != "#" }
    let path = target.prefix { $0 != "?" }
    if tail.isEmpty {
      tail = target[...]
    } else if tail.first == "?" {
      tail = path + tail
    } else if tail.first != "/" {
      let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
      tail = folder + tail
    }
    let query = tail.firstIndex(of: "?") ?? tail.endIndex
    let plain = Self.withoutDotSegments(tail[..<query])
    return try OutboundURL(scheme: scheme, host: host, port: port, tail: plain[...] + tail[query...])
  }

  /// RFC 3986 §3.1; nil where the text does not start with one.
  private static func scheme(of text: String) -> String? {
    guard let colon = text.firstIndex(of: ":"), let first = text.utf8.first, isLetter(first) else { return nil }
    let scheme = text[..<colon]
    let isScheme = scheme.utf8.allSatisfy { byte in
      isLetter(byte) || (0x30...0x39).contains(byte) || "+-.".utf8.contains(byte)
    }
    return isScheme ? scheme.lowercased() : nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

  private static func percentEncoded(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 >= 0x80 || $0 == 0x20 }) else { return text }
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte >= 0x80 || byte == 0x20 {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// RFC 3986 §5.2.4 for an absolute path.
  private static func withoutDotSegments(_ path: Substring) -> String {
    var kept: [Substring] = []
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      switch segment {
      case ".": if isLast { kept.append("") }
      case "..":
        if !kept.isEmpty { kept.removeLast() }
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    return "/" + kept.joined(separator: "/")
  }
}
