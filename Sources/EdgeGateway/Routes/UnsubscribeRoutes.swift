internal import HTTPTypes
internal import MeshMessages
internal import MeshRPC

/// Where the links of mails lead: who has one ends the mails to that mailbox, without a token of their own.
struct UnsubscribeRoutes {
  let backends: Backends

  private static let token = Parameter<String>.text(
    "token", isRequired: true, length: 3...52, pattern: "0-9 a-f -", "As the link in the mail has it.",
    isAllowed: { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        || byte == UInt8(ascii: "-")
    }
  ).example("5-ab")

  var routes: [Route] {
    [
      // A page that asks first: whoever looks at links in mails to check them only reads.
      Route(
        .get, "/unsubscribe", "unsubscribePage", tag: "site", "A page that asks whether mails shall end.", limit: .web,
        parameters: [Self.token.declaration], response: .html
      ) { request in Self.page(UnsubscribePage.asking(try request.required(Self.token))) },
      Route(
        .post, "/unsubscribe", "unsubscribe", tag: "site",
        "Ends the mails to a mailbox, by the page's button or a mail program's (RFC 8058).", limit: .web,
        parameters: [Self.token.declaration], response: .html, handler: unsubscribe
      ).with { $0.sameContent = [.notFound] },
    ]
  }

  @Sendable private func unsubscribe(_ request: GatewayRequest) async throws -> GatewayResponse {
    let message = NotifierV1.UnsubscribeRequest(token: try request.required(Self.token))
    do {
      _ = try await backends.notifier.unsubscribe(message, options: backends.write)
      return Self.page(UnsubscribePage.done)
    } catch let error as RPCError where error.code == .notFound {
      return Self.page(UnsubscribePage.unknown, status: .notFound)
    }
  }

  private static func page(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> GatewayResponse {
    var response = GatewayResponse(status: status, contentType: "text/html; charset=utf-8", body: body)
    response.fields[.contentSecurityPolicy] = UnsubscribePage.policy
    return response
  }
}
