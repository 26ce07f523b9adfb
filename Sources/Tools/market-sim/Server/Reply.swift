internal import HTTPTransport
internal import HTTPTypes
internal import NIOCore

/// Whole answers in one step.
enum Reply {
  static func text(_ writer: HTTPResponseWriter, _ text: String, status: Int = 200) {
    respond(writer, text, "text/plain; charset=utf-8", status: status)
  }

  static func html(_ writer: HTTPResponseWriter, _ text: String) { respond(writer, text, "text/html; charset=utf-8") }

  static func json(_ writer: HTTPResponseWriter, _ text: String, status: Int = 200) {
    respond(writer, text, "application/json", status: status)
  }

  private static func respond(_ writer: HTTPResponseWriter, _ text: String, _ type: String, status: Int = 200) {
    writer.respond(
      HTTPResponse(status: .init(code: status), headerFields: [.contentType: type]), body: ByteBuffer(string: text))
  }
}
