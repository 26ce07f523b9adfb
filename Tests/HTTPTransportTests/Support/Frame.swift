import HTTPTransport
import NIOCore

// swift-http-types has a type of the same name.
typealias HTTP2ErrorCode = HTTPTransport.HTTP2ErrorCode

/// An HTTP/2 frame (RFC 9113 §4.1), made or read by hand.
struct Frame: Equatable {
  enum Kind {
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let priority: UInt8 = 2
    static let reset: UInt8 = 3
    static let settings: UInt8 = 4
    static let pushPromise: UInt8 = 5
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8
    static let continuation: UInt8 = 9
  }

  enum Flag {
    static let endStream: UInt8 = 0x1
    static let ack: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
  }

  var type: UInt8
  var flags: UInt8 = 0
  var stream: UInt32 = 0
  var payload: [UInt8] = []

  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  var bytes: [UInt8] {
    let length = UInt32(payload.count)
    return [UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8), UInt8(length & 0xff)]
      + [type, flags] + Self.bigEndian(stream) + payload
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// The first 32 bits of the payload: an error code, an increment, a last stream id.
  func word(at offset: Int = 0) -> UInt32 {
    payload.dropFirst(offset).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  // MARK: Frames

  static func settings(_ entries: [(UInt16, UInt32)] = []) -> Frame {
    Frame(
      type: Kind.settings,
      payload: entries.flatMap { [UInt8(truncatingIfNeeded: $0.0 >> 8), UInt8($0.0 & 0xff)] + bigEndian($0.1) })
  }

  static let settingsAck = Frame(type: Kind.settings, flags: Flag.ack)

  static func headers(
    _ stream: UInt32, _ fields: [(String, String)] = Frame.get, endStream: Bool = true, endHeaders: Bool = true
  ) -> Frame {
    Frame(
      type: Kind.headers, flags: (endStream ? Flag.endStream : 0) | (endHeaders ? Flag.endHeaders : 0),
      stream: stream, payload: hpack(fields))
  }

  static let get = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")]
  static let post = [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "a")]

  static func data(_ stream: UInt32, _ bytes: [UInt8], endStream: Bool = false) -> Frame {
    Frame(type: Kind.data, flags: endStream ? Flag.endStream : 0, stream: stream, payload: bytes)
  }

  static func reset(_ stream: UInt32, _ code: UInt32) -> Frame {
    Frame(type: Kind.reset, stream: stream, payload: bigEndian(code))
  }

  static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> Frame {
    Frame(type: Kind.windowUpdate, stream: stream, payload: bigEndian(increment))
  }

  static func ping(_ value: UInt8 = 0, ack: Bool = false) -> Frame {
    Frame(type: Kind.ping, flags: ack ? Flag.ack : 0, payload: Array(repeating: value, count: 8))
  }

  static func goAway(last: UInt32, _ code: UInt32 = 0, debug: String = "") -> Frame {
    Frame(type: Kind.goAway, payload: bigEndian(last) + bigEndian(code) + Array(debug.utf8))
  }

  // MARK: HPACK (RFC 7541), literals without Huffman

  /// Literal fields that are not indexed.
  static func hpack(_ fields: [(String, String)]) -> [UInt8] { fields.flatMap { literal($0, $1, first: 0x00) } }

  /// A literal field; `first` 0x40 adds it to the dynamic table.
  static func literal(_ name: String, _ value: String, first: UInt8) -> [UInt8] {
    [first] + string(name) + string(value)
  }

  private static func string(_ text: String) -> [UInt8] {
    var length = text.utf8.count
    guard length >= 127 else { return [UInt8(length)] + Array(text.utf8) }
    var out: [UInt8] = [127]
    length -= 127
    while length >= 128 {
      out.append(UInt8(length % 128 + 128))
      length /= 128
    }
    return out + [UInt8(length)] + Array(text.utf8)
  }

  // MARK: Reading

  /// Cuts a side's output into frames.
  static func parse(_ buffer: ByteBuffer) -> [Frame] {
    var rest = Array(buffer.readableBytesView)[...]
    if rest.starts(with: preface) { rest = rest.dropFirst(preface.count) }
    var frames: [Frame] = []
    while rest.count >= 9 {
      let head = Array(rest.prefix(9))
      let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
      guard rest.count >= 9 + length else { break }
      let stream = head[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
      let payload = Array(rest.dropFirst(9).prefix(length))
      frames.append(Frame(type: head[3], flags: head[4], stream: stream, payload: payload))
      rest = rest.dropFirst(9 + length)
    }
    return frames
  }
}

extension [Frame] {
  func of(_ type: UInt8, stream: UInt32? = nil) -> [Frame] {
    filter { $0.type == type && (stream == nil || $0.stream == stream) }
  }
}
