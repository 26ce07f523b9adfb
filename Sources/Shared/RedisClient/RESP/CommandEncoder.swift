package import NIOCore

/// Writes a command as RESP: an array of strings.
///
/// Straight into the connection's buffer. `redisFormatCommandArgv` needs an array of C pointers, allocates the result
/// and has it copied once more (decision 0012); `redis-bench --mode codec` measures both.
package enum CommandEncoder {
  /// Appends `command` to `buffer`.
  package static func encode(_ command: RedisCommand, into buffer: inout ByteBuffer) {
    var needed = maximumHeader + command.name.utf8.count + maximumFrame
    let arguments = command.arguments
    for index in arguments.indices { needed += arguments[index].estimatedBytes + maximumFrame }
    // One reservation for all.
    _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: needed) { space in
      var used = header(UInt8(ascii: "*"), arguments.count + 1, into: space)
      write(command.name, into: space, &used)
      for index in arguments.indices {
        switch arguments[index] {
        case .string(let text): write(text, into: space, &used)
        case .bytes(let bytes): bytes.withUnsafeReadableBytes { write($0, into: space, &used) }
        case .integer(let value): write(String(value), into: space, &used)
        }
      }
      return used
    }
  }

  /// Bytes of a header at most, and of what stands around a string: its header and CR LF.
  private static let maximumHeader = 22
  private static let maximumFrame = maximumHeader + 2

  @inline(__always)
  private static func write(_ text: String, into space: UnsafeMutableRawBufferPointer, _ used: inout Int) {
    let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable {
      write(UnsafeRawBufferPointer($0), into: space, &used)
    }
    if isWritten == nil { Array(text.utf8).withUnsafeBytes { write($0, into: space, &used) } }
  }

  @inline(__always)
  private static func write(
    _ bytes: UnsafeRawBufferPointer, into space: UnsafeMutableRawBufferPointer, _ used: inout Int
  ) {
    used += header(UInt8(ascii: "$"), bytes.count, into: UnsafeMutableRawBufferPointer(rebasing: space[used...]))
    UnsafeMutableRawBufferPointer(rebasing: space[used...]).copyMemory(from: bytes)
    used += bytes.count
    space[used] = UInt8(ascii: "\r")
    space[used + 1] = UInt8(ascii: "\n")
    used += 2
  }

  /// `type`, `count` in decimal, CR LF; returns its length. `count` is not negative.
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
