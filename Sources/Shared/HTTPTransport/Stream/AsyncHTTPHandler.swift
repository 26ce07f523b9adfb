package import HTTPTypes

/// Answers each request in a task of its own, which runs on the connection's event loop.
///
/// The task starts at once, inside `accept`: a handler that never suspends costs no turn of the loop. It is cancelled
/// when its stream closes. What it throws before the head becomes a 500 without details (413 for a body that was
/// collected beyond its bound), and a reset afterwards.
package struct AsyncHTTPHandler: HTTPRequestHandler {
  package typealias Handler = @Sendable (HTTPRequest, HTTPRequestBody, HTTPResponseWriter) async throws -> Void

  private let handler: Handler
  private let onError: @Sendable (any Error) -> Void

  /// - Parameters:
  ///   - onError: hears what handlers throw, for the log; not the errors of streams that were closed meanwhile.
  ///   - handler: reads the body if it likes and writes the response. It must not block its thread.
  package init(onError: @escaping @Sendable (any Error) -> Void = { _ in }, handler: @escaping Handler) {
    self.handler = handler
    self.onError = onError
  }

  package func accept(
    _ stream: any HTTPStream, head: HeaderBlock, endStream: Bool
  ) -> (any HTTPStreamDelegate)? {
    guard let request = HTTPRequest(head) else {
      stream.send(head: HTTPReply.badRequest, endStream: true)
      return nil
    }
    let exchange = HTTPExchange(stream, requestEnded: endStream)
    exchange.start { [handler, onError] in
      do {
        try await handler(request, HTTPRequestBody(exchange), HTTPResponseWriter(exchange))
        exchange.handlerReturned()
      } catch {
        exchange.handlerFailed(error, report: onError)
      }
    }
    return exchange
  }
}
