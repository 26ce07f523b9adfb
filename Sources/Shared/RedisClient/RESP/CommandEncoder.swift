package import NIOCore

/// Writes a command as RESP: an array of strings.
///
/// Straight into the connection's buffer. `redisFormatCommandArgv` needs an array of C pointers, allocates the result
/// and has it copied once more (decision 0012); `redis-bench --mode codec` measures both.
package enum CommandEncoder {
  /// Appends `command` to `buffer`.
  package static func encode(_ command: RedisCommand, into buffer: inout ByteBuffer) {
    writeHeader(UInt8(ascii: "*"), command.arguments.count + 1, into: &buffer)
    write(command.name, into: &buffer)
    for argument in command.arguments {
      switch argument {
      case .string(let text):
        write(text, into: &buffer)
      case .bytes(let bytes):
        writeHeader(UInt8(ascii: "$"), bytes.readableBytes, into: &buffer)
        buffer.writeImmutableBuffer(bytes)
        writeEnd(into: &buffer)
      case .integer(let value):
        writeInteger(value, into: &buffer)
      }
    }
  }

  private static func write(_ text: String, into buffer: inout ByteBuffer) {
    var text = text
    text.withUTF8 { utf8 in
      // One reservation for header, text and line end.
      _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: utf8.count + 24) { space in
        var used = header(UInt8(ascii: "$"), utf8.count, into: space)
        if let target = space.baseAddress, let source = utf8.baseAddress {
          (target + used).copyMemory(from: source, byteCount: utf8.count)
          used += utf8.count
        }
        space[used] = UInt8(ascii: "\r")
        space[used + 1] = UInt8(ascii: "\n")
        return used + 2
      }
    }
  }

  private static func writeInteger(_ value: Int64, into buffer: inout ByteBuffer) {
    write(String(value), into: &buffer)
  }

  private static func writeHeader(_ type: UInt8, _ count: Int, into buffer: inout ByteBuffer) {
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 24) { header(type, count, into: $0) }
  }

  private static func writeEnd(into buffer: inout ByteBuffer) {
    buffer.writeInteger(UInt16(0x0D0A))
  }

  /// `type`, `count` in decimal, CR LF; returns its length, at most 22. `count` is not negative.
  @inline(__always)
  private static func header(_ type: UInt8, _ count: Int, into space: UnsafeMutableRawBufferPointer) -> Int {
    space[0] = type
    var digits = 1
    var bound = 10
    while count >= bound, digits < 18 {
      digits += 1
      bound *= 10
    }
    var rest = count
    var index = digits
    while index > 0 {
      space[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      index -= 1
    }
    space[digits + 1] = UInt8(ascii: "\r")
    space[digits + 2] = UInt8(ascii: "\n")
    return digits + 3
  }
}
