package import HTTPTypes
package import NIOCore

/// A whole response, before it is written.
package struct GatewayResponse: Sendable {
  package var status: HTTPResponse.Status
  package var fields: HTTPFields
  package var body: ByteBuffer

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
