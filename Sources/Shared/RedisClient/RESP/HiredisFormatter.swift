internal import CHiredis
package import NIOCore

/// The same encoding by `redisFormatCommandArgv`: the reference that `CommandEncoder` is tested and measured against.
package enum HiredisFormatter {
  /// Appends `command` to `buffer`.
  ///
  /// - Throws: `RedisError` with `.invalidCommand` when hiredis cannot format it.
  package static func encode(_ command: RedisCommand, into buffer: inout ByteBuffer) throws {
    var bytes = ByteBuffer()
    var lengths = [command.name.utf8.count]
    bytes.writeString(command.name)
    for argument in command.arguments {
      let before = bytes.writerIndex
      switch argument {
      case .string(let text): bytes.writeString(text)
      case .bytes(let value): bytes.writeImmutableBuffer(value)
      case .integer(let value): bytes.writeString(String(value))
      }
      lengths.append(bytes.writerIndex - before)
    }
    var formatted: UnsafeMutablePointer<CChar>?
    let length = bytes.withUnsafeReadableBytes { all in
      var pointers: [UnsafePointer<CChar>?] = []
      var start = all.baseAddress?.assumingMemoryBound(to: CChar.self)
      for length in lengths {
        pointers.append(start)
        start = start.map { $0 + length }
      }
      return Int(redisFormatCommandArgv(&formatted, CInt(lengths.count), &pointers, lengths))
    }
    guard length >= 0, let formatted else {
      throw RedisError(.invalidCommand, "hiredis cannot format the command")
    }
    buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: length))
    redisFreeCommand(formatted)
  }
}
