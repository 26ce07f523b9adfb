import NIOCore
import NIOHTTP1

/// NIO's decoder of requests, which leaves to the connection what it did not read: bytes behind a request for another
/// protocol are that protocol's, and may have come with it.
final class HTTP1Decoder: ByteToMessageDecoder {
  typealias InboundOut = HTTPServerRequestPart

  private let decoder: HTTPRequestDecoder
  /// Let go of when the decoder leaves the pipeline. Not weak: that would make each use of the connection's count dearer.
  private var connection: HTTP1ServerHandler?

  init(_ connection: HTTP1ServerHandler, limits: NIOHTTPDecoderLimitConfiguration) {
    self.connection = connection
    decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
  }

  func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }
  func decoderRemoved(context: ChannelHandlerContext) {
    decoder.decoderRemoved(context: context)
    connection = nil
  }

  func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
    try decoder.decode(context: context, buffer: &buffer)
  }

  func decodeLast(
    context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
  ) throws -> DecodingState {
    if let connection, connection.takeLeftover(&buffer) { return .needMoreData }
    return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
  }
}
