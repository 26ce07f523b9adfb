/// What the server says: a number and lines of text (RFC 5321 §4.2).
struct SMTPReply: Hashable, Sendable {
  var code: Int
  /// Without their numbers.
  var lines: [String]

  var isPositive: Bool { (200..<300).contains(code) }
  /// The server wants to be asked again later.
  var isTransient: Bool { (400..<500).contains(code) }

  /// For operators and logs: one line without control characters.
  var text: String {
    let said = lines.filter { !$0.isEmpty }.joined(separator: " ").tamed(limit: 200)
    return said.isEmpty ? "\(code)" : "\(code) \(said)"
  }
}

/// Why an exchange with the server ended without a verdict on the mail. The text holds no secrets.
struct SMTPFailure: Error, Hashable, Sendable {
  var message: String
}

/// Bytes to replies. A server that says too much is broken off with.
struct SMTPReplyReader: Sendable {
  /// RFC 5321 §4.5.3.1.5 grants 512; servers go beyond it.
  private static let maximumLine = 2048
  private static let maximumLines = 64

  private var buffer: [UInt8] = []
  private var code: Int?
  private var lines: [String] = []

  /// Whether nothing has come that belongs to a later reply.
  var isEmpty: Bool { buffer.isEmpty && code == nil }

  mutating func feed(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

  /// The next whole reply; nil when more has to come.
  mutating func next() throws(SMTPFailure) -> SMTPReply? {
    while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
      var line = Array(buffer[..<end])
      buffer.removeFirst(end + 1)
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      if let reply = try take(line) { return reply }
    }
    guard buffer.count <= Self.maximumLine else { throw SMTPFailure(message: "the mail server's line has no end") }
    return nil
  }

  private mutating func take(_ line: [UInt8]) throws(SMTPFailure) -> SMTPReply? {
    let number = line.prefix(3)
    guard line.count <= Self.maximumLine, number.count == 3,
      let first = number.first, (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(first),
      let code = Int(String(decoding: number, as: UTF8.self)), self.code == nil || self.code == code,
      line.count == 3 || line[3] == UInt8(ascii: " ") || line[3] == UInt8(ascii: "-")
    else { throw SMTPFailure(message: "the mail server's answer is no reply of SMTP") }
    lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
    guard lines.count <= Self.maximumLines else {
      throw SMTPFailure(message: "the mail server's reply has too many lines")
    }
    if line.count > 3, line[3] == UInt8(ascii: "-") {
      self.code = code
      return nil
    }
    defer {
      self.code = nil
      lines = []
    }
    return SMTPReply(code: code, lines: lines)
  }
}
