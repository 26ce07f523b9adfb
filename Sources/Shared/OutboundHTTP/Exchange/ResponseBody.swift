internal import Compression
internal import NIOCore

/// Collects a response's body within its limits, and decompresses it on the way.
struct ResponseBody {
  private let maxEncodedBytes: Int
  private let maxBytes: Int
  private let inflate: InflateStream?
  private var encodedBytes = 0
  private(set) var bytes = ByteBuffer()

  /// - Parameter codings: the values of `content-encoding`.
  /// - Throws: `OutboundError` `.protocol` for a coding that was not asked for, `.tooLarge` when the server announces
  ///   more than it may send.
  init(
    codings: [String], declaredLength: Int?, maxEncodedBytes: Int, maxBytes: Int
  ) throws(OutboundError) {
    self.maxEncodedBytes = maxEncodedBytes
    self.maxBytes = maxBytes
    let names = codings.flatMap { $0.lowercased().split(separator: ",") }
      .map { $0.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" } }
      .filter { !$0.isEmpty && $0 != "identity" }
    switch names {
    case []: inflate = nil
    case ["gzip"], ["x-gzip"]:
      do { inflate = try InflateStream(.gzip) } catch {
        throw OutboundError(.tooLarge, "no memory to decompress the body", cause: error)
      }
    default: throw OutboundError(.protocol, "the body has a content coding that was not asked for")
    }
    if let declaredLength, declaredLength > maxEncodedBytes || (inflate == nil && declaredLength > maxBytes) {
      throw Self.tooLarge(inflate == nil ? min(maxEncodedBytes, maxBytes) : maxEncodedBytes)
    }
  }

  private static func tooLarge(_ limit: Int) -> OutboundError {
    OutboundError(.tooLarge, "the response's body has more than \(limit) bytes")
  }

  mutating func append(_ piece: ByteBuffer) throws(OutboundError) {
    encodedBytes += piece.readableBytes
    guard encodedBytes <= maxEncodedBytes else { throw Self.tooLarge(maxEncodedBytes) }
    guard let inflate else {
      guard encodedBytes <= maxBytes else { throw Self.tooLarge(maxBytes) }
      bytes.writeImmutableBuffer(piece)
      return
    }
    do {
      try inflate.append(piece, to: &bytes, limit: maxBytes)
    } catch {
      throw Self.mapped(error, limit: maxBytes)
    }
  }

  /// To be called at the body's end.
  func finish() throws(OutboundError) {
    // A response to HEAD has the coding, but no byte.
    guard let inflate, encodedBytes > 0 else { return }
    do { try inflate.finish() } catch { throw Self.mapped(error, limit: maxBytes) }
  }

  private static func mapped(_ error: CompressionError, limit: Int) -> OutboundError {
    switch error.code {
    case .tooLarge: OutboundError(.tooLarge, "the response's body has more than \(limit) bytes after decompression")
    case .noMemory: OutboundError(.tooLarge, "no memory to decompress the body", cause: error)
    default: OutboundError(.protocol, "the body is no whole gzip stream", cause: error)
    }
  }
}
