import Logging
import MeshMessages
import NIOCore
import NIOPosix
import OutboundHTTP
import PostgresClient
import ProtobufBridge
import ServiceKit
import TestSupport
import Testing

@testable import EdgeGateway

private let quiet: Logger = {
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  return logger
}()

/// The whole gateway over a database and a stand-in for the notifier; of the other services there is nothing.
private struct Door: Sendable {
  let edge: EdgeDatabase
  let notifier: NotifierStandIn
  let client: OutboundClient
  let url: String

  static func open(_ body: @escaping @Sendable (Door) async throws -> Void) async throws {
    var configuration = OutboundConfiguration()
    configuration.addressPolicy = try AddressPolicy(allowing: "127.0.0.0/8")
    let client = try OutboundClient(
      configuration: configuration, group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
    try await EdgeDatabase.with { edge in
      try await NotifierStandIn.withServer { notifier, address in
        let values = [
          "DATABASE_URL": edge.dsn, "SECRET_KEYS": EdgeDatabase.secretKey, "NOTIFIER_ADDRESS": address,
          "CATALOG_ADDRESS": "127.0.0.1:1", "PRICING_ADDRESS": "127.0.0.1:1", "PASSWORD_HASH_MEMORY": "8",
          "PASSWORD_HASH_OPERATIONS": "1", "RATE_LIMITS": "false", "PUBLIC_URL": "https://fiyat.example/",
        ]
        try await ServiceRun.withService(EdgeGateway.self, values, logger: quiet) { run in
          try await run.waitUntilReady()
          let port = run.addresses?.listen.port ?? 0
          try await body(Door(edge: edge, notifier: notifier, client: client, url: "http://127.0.0.1:\(port)"))
        }
      }
    }
    await client.shutdown()
  }

  func ask(
    _ method: OutboundRequest.Method, _ path: String, _ body: String? = nil, token: String? = nil
  ) async throws -> (status: Int, body: String) {
    var headers = OutboundHeaders()
    if body != nil { headers.append("content-type", "application/json") }
    if let token { headers.append("authorization", "Bearer " + token) }
    let response = try await client.send(
      OutboundRequest(method, url + path, headers: headers, body: body.map { Array($0.utf8) }))
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }

  func signIn(_ password: String) async throws -> String? {
    let reply = try await ask(
      .post, "/v1/sessions", #"{"email":"ayse@example.com","password":"\#(password)"}"#)
    guard reply.status == 201 else { return nil }
    return try EdgeV1.CreateSessionResponse(json: Array(reply.body.utf8)).token
  }

  /// The token in the link of a mail, when it has come.
  func token(_ mail: NotifierV1.AccountMail) async throws -> String {
    try await waitUntil("the mail has come") { notifier.token(mail, to: "ayse@example.com") != nil }
    return notifier.token(mail, to: "ayse@example.com") ?? ""
  }
}

@Suite("The way of an account, from outside") struct AccountRouteTests {
  @Test("From signing up by the mails to a new password, and out")
  func whole() async throws {
    try await Door.open { door in
      let wish = #"{"email":"ayse@example.com","password":"correct horse","language":"en"}"#
      #expect(try await door.ask(.post, "/v1/accounts", wish).status == 202)
      #expect(try await door.signIn("correct horse") == nil)
      let verification = try await door.token(.verifyAddress)
      #expect(door.notifier.mails.first?.link == "https://fiyat.example/account/verify?token=" + verification)
      for (token, status) in [(String(verification.dropLast()) + "!", 400), (verification, 200), (verification, 400)] {
        #expect(try await door.ask(.post, "/v1/accounts/verify", #"{"token":"\#(token)"}"#).status == status)
      }
      let session = try #require(try await door.signIn("correct horse"))
      // The owner is told of one who signs up with the address.
      #expect(try await door.ask(.post, "/v1/accounts", wish).status == 202)
      try await waitUntil("the owner is told") { door.notifier.mails.contains { $0.mail == .addressInUse } }

      #expect(
        try await door.ask(.post, "/v1/accounts/password-reset", #"{"email":"ayse@example.com"}"#).status == 202)
      let reset = try await door.token(.resetPassword)
      func confirm(_ token: String, _ password: String) async throws -> Int {
        try await door.ask(
          .post, "/v1/accounts/password-reset/confirm", #"{"token":"\#(token)","password":"\#(password)"}"#
        ).status
      }
      #expect(try await confirm(verification, "another horse") == 400)
      #expect(try await confirm(reset, "short") == 400)
      #expect(try await confirm(reset, "another horse") == 200)
      #expect(try await confirm(reset, "a third horse!") == 400)
      #expect(try await door.ask(.get, "/v1/sessions/current", token: session).status == 401)
      #expect(try await door.signIn("correct horse") == nil)
      let last = try #require(try await door.signIn("another horse"))
      try await waitUntil("the owner is told of the new password") {
        door.notifier.mails.contains { $0.mail == .passwordChanged && $0.language == "en" }
      }
      let export = try await door.ask(.get, "/v1/accounts/current/export", token: last)
      #expect(export.status == 200 && export.body.contains(#""deliveries":[{"id":"5""#))
      #expect(
        try await door.ask(.delete, "/v1/accounts/current", #"{"password":"another horse"}"#, token: last).status == 204
      )
      #expect(try await door.signIn("another horse") == nil)
      #expect(try await door.edge.count("account") == 0)
    }
  }

  @Test("Bad input of those who are signed in names its field, and changes nothing")
  func badInput() async throws {
    try await Door.open { door in
      _ = try await door.edge.person("ayse", role: .admin)
      let token = try #require(try await door.signIn(EdgeDatabase.password))
      let cases: [(OutboundRequest.Method, String, String?, String)] = [
        (.patch, "/v1/accounts/current", "{}", ""),
        (.patch, "/v1/accounts/current", #"{"currentPassword":"x"}"#, ""),
        (.patch, "/v1/accounts/current", #"{"language":"de"}"#, "language"),
        (.patch, "/v1/accounts/current", #"{"password":"new horse battery"}"#, "currentPassword"),
        (
          .patch, "/v1/accounts/current", #"{"password":"new horse battery","currentPassword":"wrong one"}"#,
          "currentPassword"
        ),
        (.patch, "/v1/accounts/current", #"{"email":"eve@example.com"}"#, "email"),
        (.delete, "/v1/accounts/current", #"{"password":"wrong one"}"#, "password"),
        (.post, "/v1/api-keys", #"{"scopes":["read"]}"#, "name"),
        (.post, "/v1/api-keys", #"{"name":"k"}"#, "scopes"),
        (.post, "/v1/api-keys", #"{"name":"k","scopes":["read","everything"]}"#, "scopes"),
        (.post, "/v1/api-keys", #"{"name":"k","scopes":["read"],"expiresAt":"2020-01-01T00:00:00Z"}"#, "expiresAt"),
        (.post, "/v1/api-keys", #"{"name":"k","scopes":["read"],"tier":"KEY_TIER_PARTNER"}"#, "tier"),
        (.get, "/v1/api-keys?page_token=x", nil, "page_token"),
        (.patch, "/v1/admin/accounts/1", "{}", ""),
        (.patch, "/v1/admin/accounts/1", #"{"role":"ROLE_UNSPECIFIED"}"#, "role"),
        (.patch, "/v1/admin/accounts/1", #"{"role":7}"#, "role"),
        (.patch, "/v1/admin/keys/1", #"{"tier":"KEY_TIER_UNSPECIFIED"}"#, "tier"),
        (.get, "/v1/admin/audit?operation=a%20b", nil, "operation"),
      ]
      for (method, path, body, field) in cases {
        let reply = try await door.ask(method, path, body, token: token)
        #expect(reply.status == 400, "\(method.name) \(path) \(body ?? ""): \(reply.body)")
        if !field.isEmpty { #expect(reply.body.contains(#""field":"\#(field)""#), "\(reply.body)") }
      }
      #expect(try await door.edge.count("api_key") == 0)
      #expect(try await door.signIn(EdgeDatabase.password) != nil)
      // Refused acts of admins are in the log as well, with what became of them.
      let entries = try await door.edge.parts.audit.list(.init(operation: "changeAccount"), limit: 9)
      #expect(entries.count == 3 && entries.allSatisfy { $0.status == 400 })
    }
  }

  @Test("What fails inside is not told to strangers, and open pages are served all the same")
  func insideFailure() async throws {
    try await Door.open { door in
      _ = try await door.edge.person("ayse")
      let token = try #require(try await door.signIn(EdgeDatabase.password))
      try await door.edge.pool.execute("ALTER TABLE session RENAME TO session_away")
      #expect(try await door.ask(.get, "/v1/sessions", token: token).status == 500)
      #expect(try await door.ask(.get, "/openapi.json").status == 200)
    }
  }
}
