internal import CZlib
internal import NIOCore

/// One decompressing zlib stream. It owns the C state and frees it once.
///
/// Not safe to share: `Gzip` lends it to one caller at a time, which is what the unchecked conformance relies on.
final class InflateStream: @unchecked Sendable {
  /// On the heap, for zlib keeps a pointer to it.
  private let stream: UnsafeMutablePointer<z_stream>

  /// Whether members may follow one another (RFC 1952 §2.2).
  private let allowsMembers: Bool

  init(_ algorithm: CompressionAlgorithm) throws(RPCError) {
    allowsMembers = algorithm == .gzip
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, ZlibFormat.windowBits(algorithm), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      // `self.stream` isn't set yet, so `deinit` won't run: what was allocated is freed here.
      stream.deinitialize(count: 1)
      stream.deallocate()
      throw RPCError(code: .resourceExhausted, message: "can't set up decompression (zlib status \(status))")
    }
    self.stream = stream
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  static func tooLarge(_ limit: Int) -> RPCError {
    RPCError(code: .resourceExhausted, message: "a decompressed message is over the limit of \(limit) bytes")
  }

  /// The bytes behind `compressed`, at most `limit`. The output grows as zlib fills it, so that a small bomb is found
  /// out after `limit` bytes at the latest and a small message takes little.
  func decompress(_ compressed: ByteBuffer, limit: Int) throws(RPCError) -> ByteBuffer {
    guard inflateReset(stream) == Z_OK else {
      throw RPCError(code: .internal, message: "can't reset decompression")
    }
    let count = compressed.readableBytes
    guard count <= Int(UInt32.max) else { throw Self.tooLarge(limit) }
    // The prefix of a frame counts no further; and `limit + 1` below must not overflow.
    let limit = min(limit, Int(UInt32.max))
    var output = ByteBuffer()
    let outcome = compressed.withUnsafeReadableBytes { input in
      // zlib doesn't write through next_in; its declaration lacks the const.
      stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(truncatingIfNeeded: count)
      return run(into: &output, limit: limit, expected: count &* 4)
    }
    stream.pointee.next_in = nil
    stream.pointee.next_out = nil
    switch outcome {
    case .complete: return output
    case .tooLarge: throw Self.tooLarge(limit)
    case .truncated: throw RPCError(code: .internal, message: "a compressed message is cut short")
    case .trailing: throw RPCError(code: .internal, message: "bytes follow the end of a compressed message")
    case .malformed: throw RPCError(code: .internal, message: "a compressed message is malformed")
    case .noMemory: throw RPCError(code: .resourceExhausted, message: "no memory to decompress a message")
    }
  }

  private enum Outcome { case complete, tooLarge, truncated, trailing, malformed, noMemory }

  private func run(into output: inout ByteBuffer, limit: Int, expected: Int) -> Outcome {
    var chunk = max(512, min(expected, 65_536))
    while true {
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
      case Z_STREAM_END:
        if stream.pointee.avail_in == 0 { return .complete }
        guard allowsMembers else { return .trailing }
        // Anything but another member's magic number (RFC 1952 §2.3.1) is not ours to guess at.
        guard let next = stream.pointee.next_in, next.pointee == 0x1F else { return .trailing }
        guard inflateReset(stream) == Z_OK else { return .malformed }
      case Z_OK, Z_BUF_ERROR:
        // No progress with room to spare: the input is at its end and the stream is not.
        if stream.pointee.avail_in == 0, written < room { return .truncated }
        if status == Z_BUF_ERROR, written == 0 { return .truncated }
      case Z_MEM_ERROR: return .noMemory
      default: return .malformed
      }
      if written == room { chunk = min(chunk &* 2, 1 << 20) }
    }
  }
}
