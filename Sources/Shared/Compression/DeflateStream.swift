internal import CZlib
package import NIOCore

/// One compressing zlib stream. It owns the C state and frees it once.
///
/// Not safe to share: one caller at a time, which is what the unchecked conformance relies on.
package final class DeflateStream: @unchecked Sendable {
  /// On the heap, for zlib keeps a pointer to it.
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter level: from 1, fast, to 9, small.
  /// - Throws: `.noMemory`.
  package init(_ format: ZlibFormat, level: Int32) throws(CompressionError) {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, level, Z_DEFLATED, format.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      // `self.stream` isn't set yet, so `deinit` won't run: what was allocated is freed here.
      stream.deinitialize(count: 1)
      stream.deallocate()
      throw CompressionError(.noMemory, "can't set up compression (zlib status \(status))")
    }
    self.stream = stream
  }

  deinit {
    deflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Appends the compressed `message` to `output` in one call: zlib says beforehand how much it needs at most. The
  /// stream can then be used again; after an error it can't.
  package func compress(_ message: ByteBuffer, into output: inout ByteBuffer) throws(CompressionError) {
    let count = message.readableBytes
    guard count <= Int(UInt32.max) else {
      throw CompressionError(.tooLarge, "a message of \(count) bytes is too large to compress")
    }
    let bound = Int(deflateBound(stream, UInt(count)))
    var status = Z_OK
    _ = message.withUnsafeReadableBytes { input in
      output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { space in
        // zlib doesn't write through next_in; its declaration lacks the const.
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(truncatingIfNeeded: count)
        stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let available = UInt32(clamping: space.count)
        stream.pointee.avail_out = available
        status = deflate(stream, Z_FINISH)
        return status == Z_STREAM_END ? Int(available - stream.pointee.avail_out) : 0
      }
    }
    stream.pointee.next_in = nil
    stream.pointee.next_out = nil
    guard status == Z_STREAM_END, deflateReset(stream) == Z_OK else {
      throw CompressionError(.malformed, "compression failed (zlib status \(status))")
    }
  }
}
