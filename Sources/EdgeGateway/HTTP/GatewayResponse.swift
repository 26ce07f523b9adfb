package import HTTPTransport
package import HTTPTypes
package import NIOCore

/// A response before it is written: whole, or a head and what writes the rest.
package struct GatewayResponse: Sendable {
  package var status: HTTPResponse.Status
  package var fields: HTTPFields
  package var body: ByteBuffer
  /// Writes the body bit by bit after the head, instead of `body`; the response ends when it returns. Caches, ETags and
  /// compression leave it alone.
  package var stream: (@Sendable (HTTPResponseWriter) async throws -> Void)?
  /// Who answers instead: for what lasts for hours, and for other protocols.
  package var handover: Handover?

  /// Gives a request's stream away once the middlewares have seen the head.
  package enum Handover: Sendable {
    /// The head is sent; the delegate that is returned writes the body. Called on the stream's event loop.
    case body(@Sendable (any HTTPStream) -> (any HTTPStreamDelegate)?)
    /// Nothing is sent. The fields are what the middlewares added to the response.
    case whole(@Sendable (any HTTPStream, HTTPFields) -> (any HTTPStreamDelegate)?)
    /// A 101 is sent and the connection speaks another protocol from then on (`HTTPResponseWriter.upgrade`).
    case upgrade(@Sendable (any Channel) throws -> any ServerConnection)
  }

  /// Whether there is no whole body: nothing to be stored, tagged or compressed.
  package var isStreamed: Bool { stream != nil || handover != nil }

  package init(status: HTTPResponse.Status = .ok, fields: HTTPFields = HTTPFields(), body: ByteBuffer = ByteBuffer()) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  package init(status: HTTPResponse.Status = .ok, contentType: String, body: [UInt8]) {
    self.init(status: status, body: ByteBuffer(bytes: body))
    fields[.contentType] = contentType
  }

  package static func json(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> GatewayResponse {
    GatewayResponse(status: status, contentType: "application/json", body: body)
  }

  package static let noContent = GatewayResponse(status: .noContent)
}
