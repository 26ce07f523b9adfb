internal import NIOCore

/// Frames of a WebSocket as a server sends them: whole and unmasked (RFC 6455 §5.2).
enum SocketFrame {
  enum Control: UInt8 { case close = 0x8, ping = 0x9, pong = 0xa }

  /// Why a connection is closed (RFC 6455 §7.4.1).
  enum CloseCode: UInt16 {
    case normal = 1000, goingAway, protocolError, unacceptable
    case invalidText = 1007, policyViolation, tooBig
    case tryAgainLater = 1013
  }

  static func text(_ payload: ByteBuffer) -> ByteBuffer {
    let count = payload.readableBytes
    var frame = ByteBuffer()
    frame.reserveCapacity(count + 10)
    frame.writeInteger(UInt8(0x81))
    if count < 126 {
      frame.writeInteger(UInt8(count))
    } else if count <= Int(UInt16.max) {
      frame.writeInteger(UInt8(126))
      frame.writeInteger(UInt16(count))
    } else {
      frame.writeInteger(UInt8(127))
      frame.writeInteger(UInt64(count))
    }
    frame.writeImmutableBuffer(payload)
    return frame
  }

  /// - Parameter payload: at most 125 bytes; what is longer is cut.
  static func control(_ control: Control, _ payload: ByteBuffer = ByteBuffer()) -> ByteBuffer {
    let bytes = payload.readableBytesView.prefix(125)
    var frame = ByteBuffer()
    frame.writeInteger(0x80 | control.rawValue)
    frame.writeInteger(UInt8(bytes.count))
    frame.writeBytes(bytes)
    return frame
  }

  static func close(_ code: UInt16) -> ByteBuffer {
    var payload = ByteBuffer()
    payload.writeInteger(code)
    return control(.close, payload)
  }

  /// Whether a peer may give this as its reason.
  static func isCloseCode(_ code: UInt16) -> Bool {
    (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
  }
}
