internal import Compression
package import NIOCore
import Synchronization

/// Compresses and decompresses whole messages with zlib.
///
/// zlib's state is large (about 256 KiB to compress, 40 KiB to decompress) and costs more to set up than a small
/// message costs to compress, so streams are kept, reset and used again: a few idle ones of each kind, shared by all
/// threads. Taking and returning one is a short critical section; zlib itself runs outside of it.
package final class Gzip: Sendable {
  /// The most idle streams that are kept of each kind. More may exist while they are in use.
  private let idleLimit: Int

  /// From 1, fast, to 9, small.
  private let level: Int32

  private struct Idle {
    var deflaters: [CompressionAlgorithm: [DeflateStream]] = [:]
    var inflaters: [CompressionAlgorithm: [InflateStream]] = [:]
  }

  private let idle = Mutex(Idle())

  /// - Parameters:
  ///   - level: from 1, fast, to 9, small; brought into this range.
  ///   - idleLimit: how many streams of each kind are kept while nothing needs them.
  package init(level: Int = 6, idleLimit: Int = 8) {
    self.level = Int32(max(1, min(9, level)))
    self.idleLimit = max(0, idleLimit)
  }

  /// The compressed form of `message`; for `identity` the message itself.
  ///
  /// - Throws: RESOURCE_EXHAUSTED when zlib gets no memory or the message is 4 GiB or larger.
  package func compress(_ message: ByteBuffer, with algorithm: CompressionAlgorithm) throws(RPCError) -> ByteBuffer {
    var output = ByteBuffer()
    try compress(message, with: algorithm, into: &output)
    return output
  }

  /// Appends the compressed form of `message` to `output`. Throws as the other form does, and then `output` is as it
  /// was.
  package func compress(
    _ message: ByteBuffer, with algorithm: CompressionAlgorithm, into output: inout ByteBuffer
  ) throws(RPCError) {
    if algorithm == .identity {
      output.writeImmutableBuffer(message)
      return
    }
    let stream: DeflateStream
    if let kept = idle.withLock({ $0.deflaters[algorithm]?.popLast() }) {
      stream = kept
    } else {
      stream = try Self.mapped { () throws(CompressionError) in try DeflateStream(algorithm.format, level: level) }
    }
    // A stream that failed is dropped, and freed with it.
    do { try stream.compress(message, into: &output) } catch { throw RPCError(error) }
    idle.withLock { idle in
      if idle.deflaters[algorithm, default: []].count < idleLimit {
        idle.deflaters[algorithm, default: []].append(stream)
      }
    }
  }

  /// The message behind `compressed`; for `identity` the same bytes.
  ///
  /// - Parameter limit: the most bytes the message may have. Memory use stays in proportion to it, whatever the
  ///   compressed bytes expand to.
  /// - Throws: RESOURCE_EXHAUSTED when the message is larger than `limit`; INTERNAL when the bytes are malformed, cut
  ///   short, or followed by others.
  package func decompress(
    _ compressed: ByteBuffer, with algorithm: CompressionAlgorithm, limit: Int
  ) throws(RPCError) -> ByteBuffer {
    if algorithm == .identity {
      guard compressed.readableBytes <= limit else { throw RPCError(InflateStream.tooLarge(limit)) }
      return compressed
    }
    let stream: InflateStream
    if let kept = idle.withLock({ $0.inflaters[algorithm]?.popLast() }) {
      stream = kept
    } else {
      stream = try Self.mapped { () throws(CompressionError) in try InflateStream(algorithm.format) }
    }
    let message = try Self.mapped { () throws(CompressionError) in try stream.decompress(compressed, limit: limit) }
    idle.withLock { idle in
      if idle.inflaters[algorithm, default: []].count < idleLimit {
        idle.inflaters[algorithm, default: []].append(stream)
      }
    }
    return message
  }

  /// How many idle streams are kept at the moment, for tests.
  var idleCounts: (deflaters: Int, inflaters: Int) {
    idle.withLock { idle in
      (idle.deflaters.values.reduce(0) { $0 + $1.count }, idle.inflaters.values.reduce(0) { $0 + $1.count })
    }
  }

  private static func mapped<T>(_ body: () throws(CompressionError) -> T) throws(RPCError) -> T {
    do { return try body() } catch { throw RPCError(error) }
  }
}

extension CompressionAlgorithm {
  /// What zlib is asked for; of no meaning for `identity`.
  fileprivate var format: ZlibFormat { self == .gzip ? .gzip : .zlib }
}

extension RPCError {
  fileprivate init(_ error: CompressionError) {
    self.init(code: error.code == .malformed ? .internal : .resourceExhausted, message: error.description)
  }
}
