import Fuzzer
import HTTPTransport
import MeshRPC
import NIOCore

/// A gRPC body that arrives in pieces, and the header values that a peer chooses.
///
/// The first byte of the input is the size of the pieces (0: all at once), the second picks the message limit; the rest
/// is the body. The same bytes are then read as header values.
@main
enum GRPCFraming {
  static let gzip = Gzip()

  static func main() {
    Fuzzer.run { input in
      guard input.count >= 2 else { return }
      let body = UnsafeRawBufferPointer(rebasing: input.dropFirst(2))
      let limit = 16 << Int(input[1] % 12)
      let whole = messages(in: body, pieceSize: 0, limit: limit)
      let pieces = messages(in: body, pieceSize: Int(input[0]), limit: limit)
      precondition(whole == pieces, "the messages depend on how their bytes arrive")
      readHeaders(body)
    }
  }

  /// The messages before the first error.
  static func messages(in body: UnsafeRawBufferPointer, pieceSize: Int, limit: Int) -> [FramedMessage] {
    var deframer = MessageDeframer(limit: limit)
    var found: [FramedMessage] = []
    var offset = 0
    do {
      while offset < body.count {
        let end = pieceSize == 0 ? body.count : min(body.count, offset + pieceSize)
        var piece = ByteBuffer(bytes: body[offset..<end])
        offset = end
        while let message = try deframer.next(from: &piece) {
          precondition(message.payload.readableBytes <= limit, "a message over the limit came through")
          found.append(message)
          if message.isCompressed { unpack(message.payload, limit: limit) }
        }
        precondition(piece.readableBytes == 0, "the deframer left bytes")
        precondition(deframer.bufferedBytes <= limit + MessageFramer.prefixLength, "more is kept than the limit allows")
      }
      try deframer.finish()
    } catch {
      precondition(!deframer.isMidMessage || deframer.bufferedBytes <= limit + MessageFramer.prefixLength)
    }
    return found
  }

  static func unpack(_ payload: ByteBuffer, limit: Int) {
    for algorithm in [CompressionAlgorithm.gzip, .deflate] {
      do {
        let message = try gzip.decompress(payload, with: algorithm, limit: limit)
        precondition(message.readableBytes <= limit, "decompression went over the limit")
      } catch {
        precondition(error.code == .internal || error.code == .resourceExhausted)
      }
    }
  }

  static func readHeaders(_ bytes: UnsafeRawBufferPointer) {
    _ = ContentType(bytes)
    let message = StatusMessage.decode(bytes)
    precondition(StatusMessage.decode(StatusMessage.encode(message, limit: .max)) == message)
    do {
      let timeout = try GRPCTimeout.parse(bytes)
      precondition(timeout >= .zero)
    } catch {
      precondition(error.code == .internal)
    }
    var block = HeaderBlock()
    for line in bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 20) {
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
      guard parts.count == 2 else { continue }
      block.append(String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
    }
    do {
      let metadata = try Metadata(block)
      var again = HeaderBlock()
      metadata.append(to: &again)
      let reread = try Metadata(again)
      precondition(reread == metadata, "metadata does not survive its own wire form")
    } catch {
      precondition(error.code != .ok)
    }
  }
}
