internal import EventLog
internal import HTTPTransport
internal import HTTPTypes
internal import MeshMessages
internal import NIOCore
internal import ProtobufBridge

/// Deals as they happen: server-sent events, and WebSockets with prices as well.
struct LiveRoutes {
  let hub: LiveHub
  let cors: CORSPolicy
  let internalKey: InternalKey

  private static let lastEventID = Parameter<String>.text(
    "Last-Event-ID", in: .header, length: 1...EventID.maximumBytes, pattern: "0-9 -",
    "The id of the last event that the client has; it is told what came since.",
    isAllowed: { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") })

  static let subprotocol = "fiyatradari.v1.json"

  var routes: [Route] {
    [
      Route(
        .get, "/v1/deals/stream", "streamDeals", tag: "live",
        "Deals as they open, change and close, as server-sent events.",
        parameters: [
          CommonParameters.category.declaration, CommonParameters.shop.declaration,
          CommonParameters.minDiscount.declaration, CommonParameters.verdict.declaration,
          Self.lastEventID.declaration,
        ],
        response: .eventStream, handler: stream),
      Route(
        .get, "/v1/live", "live", tag: "live",
        "A WebSocket: deals, prices and stock of the products and categories that are subscribed to.",
        status: .switchingProtocols, response: .nothing, handler: socket),
    ]
  }

  @Sendable private func stream(_ request: GatewayRequest) async throws -> GatewayResponse {
    var interest = DealInterest()
    interest.category = try request.value(CommonParameters.category)
    interest.shop = try request.value(CommonParameters.shop)
    interest.minDiscount = UInt32(try request.value(CommonParameters.minDiscount) ?? 0)
    interest.verdict = try request.value(CommonParameters.verdict)
    var after: EventPosition?
    if let text = try request.value(Self.lastEventID) {
      guard let position = EventID.position(text) else {
        throw Problem.invalid("Last-Event-ID", "expected the id of an event of this stream")
      }
      after = position
    }
    let place = try place(for: request)
    var response = GatewayResponse()
    response.fields[.contentType] = "text/event-stream"
    response.fields[.cacheControl] = "no-store"
    response.fields[.accelBuffering] = "no"
    response.handover = .body { [hub, interest, after] stream in
      guard let loop = hub.loop(stream.eventLoop) else {
        stream.reset(.internalError)
        return nil
      }
      return loop.accept(stream, place: place, interest: interest, after: after)
    }
    return response
  }

  @Sendable private func socket(_ request: GatewayRequest) async throws -> GatewayResponse {
    let fields = request.head.headerFields
    guard request.connection.version == .http1 else {
      throw Problem(
        .notImplemented, .notImplemented, "WebSockets are offered over HTTP/1.1 (RFC 6455), not over HTTP/2 (RFC 8441)")
    }
    guard request.requestedUpgrade == "websocket", request.head.method == .get else {
      throw Problem(
        .upgradeRequired, Problem.Code("upgrade_required"), "expected a WebSocket's handshake: Upgrade: websocket"
      ).with(.upgrade, "websocket")
    }
    guard fields[.webSocketVersion] == "13" else {
      throw Problem(.upgradeRequired, Problem.Code("upgrade_required"), "expected Sec-WebSocket-Version: 13")
        .with(.webSocketVersion, "13")
    }
    guard let key = fields[.webSocketKey], Self.isKey(key) else {
      throw Problem.invalid("Sec-WebSocket-Key", "expected 16 bytes in base64")
    }
    try checkOrigin(request)
    let place = try place(for: request)
    var response = GatewayResponse(status: .switchingProtocols)
    response.fields[.webSocketAccept] = Self.accept(key)
    let offered = fields[.webSocketProtocol]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
    if offered.contains(Self.subprotocol) { response.fields[.webSocketProtocol] = Self.subprotocol }
    response.handover = .upgrade { [hub] channel in
      guard let loop = hub.loop(channel.eventLoop) else {
        throw HTTPTransportError(.invalidConfiguration, "a connection is on a foreign event loop")
      }
      return try LiveSocket.install(on: channel, loop: loop, place: place)
    }
    return response
  }

  private func place(for request: GatewayRequest) throws(Problem) -> LivePlace {
    try hub.places.take(
      request.client.subject, isExempt: internalKey.matches(request.head.headerFields[.apiKey]))
  }

  /// Browsers send pages' requests for WebSockets to anyone, with cookies, and only tell from where (RFC 6455 §10.2).
  private func checkOrigin(_ request: GatewayRequest) throws(Problem) {
    guard let origin = request.head.headerFields[.origin], cors.allowed(origin) == nil else { return }
    let host = request.head.authority ?? ""
    guard origin != "https://" + host, origin != "http://" + host else { return }
    throw Problem(.forbidden, .forbidden, "pages of this origin may not connect")
  }

  private static func isKey(_ key: String) -> Bool {
    var key = key
    return key.utf8.count == 24 && key.withUTF8 { Base64.decode(UnsafeRawBufferPointer($0)) }?.count == 16
  }

  /// RFC 6455 §4.2.2.
  static func accept(_ key: String) -> String {
    var text: [UInt8] = []
    SHA1.digest(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").withUnsafeBytes { Base64.append($0, to: &text) }
    return String(decoding: text, as: UTF8.self)
  }
}

extension HTTPResponse.Status {
  static let upgradeRequired = HTTPResponse.Status(code: 426, reasonPhrase: "Upgrade Required")
}

extension HTTPField.Name {
  fileprivate static let accelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .xContentTypeOptions
  fileprivate static let webSocketAccept = HTTPField.Name("Sec-WebSocket-Accept") ?? .xContentTypeOptions
  fileprivate static let webSocketKey = HTTPField.Name("Sec-WebSocket-Key") ?? .xContentTypeOptions
  fileprivate static let webSocketProtocol = HTTPField.Name("Sec-WebSocket-Protocol") ?? .xContentTypeOptions
  fileprivate static let webSocketVersion = HTTPField.Name("Sec-WebSocket-Version") ?? .xContentTypeOptions
}
