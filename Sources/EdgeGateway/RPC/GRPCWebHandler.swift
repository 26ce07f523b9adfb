package import HTTPTransport
internal import NIOCore

/// Serves gRPC-Web (grpc-web's PROTOCOL-WEB) with a gRPC server: calls of pages, whose browsers show them neither
/// HTTP/2 nor trailers. All else goes to that server as it is.
package struct GRPCWebHandler: HTTPRequestHandler {
  private let server: any HTTPRequestHandler
  private let paths: Set<String>
  private let clients: ClientFinder
  private let cors: CORSPolicy

  /// - Parameter paths: of the methods that pages may ask about beforehand.
  package init(_ server: any HTTPRequestHandler, paths: [String], clients: ClientFinder, cors: CORSPolicy) {
    self.server = server
    self.paths = Set(paths)
    self.clients = clients
    self.cors = cors
  }

  package func accept(
    _ stream: any HTTPStream, head: HeaderBlock, endStream: Bool
  ) -> (any HTTPStreamDelegate)? {
    if head.value(of: ":method", equals: "POST") {
      guard let type = head["content-type"].flatMap({ GRPCWebType($0) }) else {
        return server.accept(stream, head: head, endStream: endStream)
      }
      return translate(stream, head, type, endStream: endStream)
    }
    if head.value(of: ":method", equals: "OPTIONS"), head.contains("access-control-request-method"),
      let path = head[":path"], paths.contains(path)
    {
      var answer: HeaderBlock = [":status": "204", "cache-control": "no-store"]
      cors.addPreflight(to: &answer, origin: head["origin"])
      stream.send(head: answer, endStream: true)
      return nil
    }
    return server.accept(stream, head: head, endStream: endStream)
  }

  private func translate(
    _ stream: any HTTPStream, _ head: HeaderBlock, _ type: GRPCWebType, endStream: Bool
  ) -> (any HTTPStreamDelegate)? {
    let outside = stream.connection
    // To the server it is one of HTTP/2, from the same client.
    let inside = HTTPConnectionInfo(
      version: .http2, remoteAddress: outside.remoteAddress, localAddress: outside.localAddress,
      peerIdentity: outside.peerIdentity, isSecure: outside.isSecure, executor: outside.executor)
    inside.attachment = clients.record(of: outside)
    var fields = HeaderBlock()
    cors.add(to: &fields, origin: head["origin"])
    let web = GRPCWebStream(stream, connection: inside, type: type, fields: fields)
    var inner = HeaderBlock()
    for (name, value) in head.fields where name != "content-type" { inner.append(name, value) }
    inner.append("content-type", "application/grpc")
    web.delegate = server.accept(web, head: inner, endStream: endStream)
    return web.delegate == nil ? nil : web
  }
}

/// How a page's call is written.
enum GRPCWebType: Equatable {
  /// As bytes.
  case binary
  /// As base64, for clients that can't read bytes as they come.
  case text

  /// Nil for all but `application/grpc-web`, `application/grpc-web-text`, each with or without `+proto`.
  init?(_ contentType: String) {
    let essence = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    switch essence {
    case "application/grpc-web", "application/grpc-web+proto": self = .binary
    case "application/grpc-web-text", "application/grpc-web-text+proto": self = .text
    default: return nil
    }
  }

  var contentType: String {
    self == .binary ? "application/grpc-web+proto" : "application/grpc-web-text+proto"
  }
}
