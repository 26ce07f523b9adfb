internal import CZlib
package import NIOCore

/// One decompressing zlib stream. It owns the C state and frees it once.
///
/// Not safe to share: one caller at a time, which is what the unchecked conformance relies on.
package final class InflateStream: @unchecked Sendable {
  /// On the heap, for zlib keeps a pointer to it.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Whether members may follow one another (RFC 1952 §2.2).
  private let allowsMembers: Bool

  /// Whether the bytes so far are a whole stream.
  private var isComplete = false

  /// - Throws: `.noMemory`.
  package init(_ format: ZlibFormat) throws(CompressionError) {
    allowsMembers = format == .gzip
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(stream, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      // `self.stream` isn't set yet, so `deinit` won't run: what was allocated is freed here.
      stream.deinitialize(count: 1)
      stream.deallocate()
      throw CompressionError(.noMemory, "can't set up decompression (zlib status \(status))")
    }
    self.stream = stream
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  package static func tooLarge(_ limit: Int) -> CompressionError {
    CompressionError(.tooLarge, "a decompressed message is over the limit of \(limit) bytes")
  }

  /// The bytes behind `compressed`, which must be whole: at most `limit`, or the call fails.
  package func decompress(_ compressed: ByteBuffer, limit: Int) throws(CompressionError) -> ByteBuffer {
    guard inflateReset(stream) == Z_OK else {
      throw CompressionError(.malformed, "can't reset decompression")
    }
    isComplete = false
    var output = ByteBuffer()
    try append(compressed, to: &output, limit: limit)
    try finish()
    return output
  }

  /// Appends the bytes behind the next piece of a stream to `output`, as far as it then has at most `limit` bytes, or
  /// the call fails. The output grows as zlib fills it, so that a small bomb is found out after `limit` bytes at the
  /// latest and a small message takes little.
  package func append(
    _ compressed: ByteBuffer, to output: inout ByteBuffer, limit: Int
  ) throws(CompressionError) {
    let count = compressed.readableBytes
    guard count > 0 else { return }
    guard count <= Int(UInt32.max) else { throw Self.tooLarge(limit) }
    // The prefix of a frame counts no further; and `limit + 1` below must not overflow.
    let limit = min(limit, Int(UInt32.max))
    let outcome = compressed.withUnsafeReadableBytes { input in
      // zlib doesn't write through next_in; its declaration lacks the const.
      stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(truncatingIfNeeded: count)
      return run(into: &output, limit: limit, expected: count &* 4)
    }
    stream.pointee.next_in = nil
    stream.pointee.next_out = nil
    switch outcome {
    case .progress: return
    case .tooLarge: throw Self.tooLarge(limit)
    case .trailing: throw CompressionError(.malformed, "bytes follow the end of a compressed message")
    case .malformed: throw CompressionError(.malformed, "a compressed message is malformed")
    case .noMemory: throw CompressionError(.noMemory, "no memory to decompress a message")
    }
  }

  /// Checks that nothing is missing behind the pieces so far.
  package func finish() throws(CompressionError) {
    guard isComplete else { throw CompressionError(.malformed, "a compressed message is cut short") }
  }

  private enum Outcome { case progress, tooLarge, trailing, malformed, noMemory }

  private func run(into output: inout ByteBuffer, limit: Int, expected: Int) -> Outcome {
    var chunk = max(512, min(expected, 65_536))
    while true {
      if isComplete {
        guard stream.pointee.avail_in > 0 else { return .progress }
        guard allowsMembers else { return .trailing }
        // Anything but another member's magic number (RFC 1952 §2.3.1) is not ours to guess at.
        guard let next = stream.pointee.next_in, next.pointee == 0x1F else { return .trailing }
        guard inflateReset(stream) == Z_OK else { return .malformed }
        isComplete = false
      }
      // One byte of room beyond the limit: only when zlib fills it is the message too large, and not merely complete.
      let room = min(chunk, limit + 1 - output.readableBytes)
      guard room > 0 else { return .tooLarge }
      var status = Z_OK
      let written = output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
        stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(clamping: room)
        status = inflate(stream, Z_NO_FLUSH)
        return room - Int(stream.pointee.avail_out)
      }
      if output.readableBytes > limit { return .tooLarge }
      switch status {
      case Z_STREAM_END: isComplete = true
      case Z_OK, Z_BUF_ERROR:
        // No progress with room to spare: the piece is at its end and the stream is not.
        if written < room { return .progress }
      case Z_MEM_ERROR: return .noMemory
      default: return .malformed
      }
      if written == room { chunk = min(chunk &* 2, 1 << 20) }
    }
  }
}
