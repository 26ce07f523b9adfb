/// Why a text could not be read as JSON, and where: `line 3: requests[2].weight: expected a number, found a string`.
package struct JSONTextError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Where reading stopped, from 1.
  package let line: Int
  package let reason: ProtobufError

  package var description: String { "line \(line): \(reason)" }
}

extension JSONReader {
  /// Reads a whole text that is no message: a file that people write, an answer of which a part is wanted.
  ///
  /// - Parameter body: must read exactly one value.
  /// - Throws: `JSONTextError`, also for what `body` throws.
  package static func read<R>(
    _ text: [UInt8], maximumDepth: Int = 64, _ body: (inout JSONReader) throws(ProtobufError) -> R
  ) throws(JSONTextError) -> R {
    let result = text.withUnsafeBytes { (raw) -> Result<R, JSONTextError> in
      withArena { arena in
        var reader = JSONReader(raw, maximumDepth: maximumDepth, writer: MessageWriter(arena))
        do throws(ProtobufError) {
          let value = try body(&reader)
          try reader.end()
          return .success(value)
        } catch {
          let read = raw[..<min(reader.position, raw.count)]
          return .failure(JSONTextError(line: 1 + read.count { $0 == 0x0a }, reason: error))
        }
      }
    }
    return try result.get()
  }
}
