package import HTTPTypes
package import NIOCore

/// A request's body, piece by piece. The peer may send on as far as pieces have been taken.
///
/// To be iterated once, by one task.
package struct HTTPRequestBody: AsyncSequence, Sendable {
  package typealias Element = ByteBuffer

  private let exchange: HTTPExchange

  init(_ exchange: HTTPExchange) { self.exchange = exchange }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let exchange: HTTPExchange

    /// - Throws: `HTTPTransportError` `.connectionClosed` when the request is broken off, `CancellationError`.
    package mutating func next() async throws -> ByteBuffer? { try await exchange.read() }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(exchange: exchange) }

  /// The whole rest of the body.
  ///
  /// - Throws: `HTTPTransportError` `.bodyTooLarge` when it has more than `limit` bytes; else as iterating does.
  package func collect(upTo limit: Int) async throws -> ByteBuffer {
    var whole = ByteBuffer()
    while var piece = try await exchange.read() {
      guard piece.readableBytes <= limit - whole.readableBytes else {
        throw HTTPTransportError(.bodyTooLarge, "the request's body has more than \(limit) bytes")
      }
      if whole.readableBytes == 0 { whole = piece } else { whole.writeBuffer(&piece) }
    }
    return whole
  }

  /// The fields behind the body; known once it has been read to its end.
  package var trailers: HTTPFields? {
    get async { await exchange.trailers() }
  }
}
