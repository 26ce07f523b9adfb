import MeshMessages
import MeshRPC
import PostgresClient
import ProtobufBridge
import TestSupport
import Testing

@testable import NotifierService

@Suite("The bot")
struct BotTests {
  @Test("a start code links a chat to its account, in the person's language")
  func start() async throws {
    try await Notifier.run(nil, ["TELEGRAM_BOT": "true"]) { notifier in
      let registered = try await notifier.client.registerChannel(
        .with {
          $0.subscriber = "ayse"
          $0.kind = .telegram
        })
      #expect(registered.startCode.count == VerificationCode.startLength)
      notifier.telegram.write("/start WRONGWRONGWRONG1", chat: 41, language: "en")
      notifier.telegram.write("/start \(registered.startCode)", chat: 42, language: "en")
      try await waitUntil("both are answered") { notifier.telegram.accepted.count == 2 }
      #expect(notifier.telegram.accepted.first { $0.chat == "42" }?.text.contains("linked to your account") == true)
      let channels = try await notifier.client.listChannels(.with { $0.subscriber = "ayse" }).channels
      #expect(channels.map(\.address) == ["42"])
      #expect(channels.first?.verified == true)
      // The code is used up.
      notifier.telegram.write("/start \(registered.startCode)", chat: 43)
      try await waitUntil("it is refused") {
        notifier.telegram.accepted.contains { $0.chat == "43" && $0.text.contains("bilinmiyor") }
      }
    }
  }

  @Test("a code that was sent to a chat verifies its channel, and few wrong ones are borne")
  func typedCode() async throws {
    try await Notifier.run { notifier in
      let id =
        try await notifier.client.registerChannel(
          .with {
            $0.subscriber = "ayse"
            $0.kind = .telegram
            $0.address = "42"
          }
        ).channel?.id ?? 0
      try await waitUntil("the code arrives") { notifier.telegram.accepted.count == 1 }
      let text = notifier.telegram.accepted[0].text
      let code = try #require(text.split(separator: " ").map(String.init).first { VerificationCode(typed: $0) != nil })
      func verify(_ code: String) async throws -> NotifierV1.Channel {
        try await notifier.client.verifyChannel(
          .with {
            $0.id = id
            $0.subscriber = "ayse"
            $0.code = code
          })
      }
      for _ in 0..<VerificationCode.maximumAttempts {
        await #expect(throws: RPCError.self) { try await verify("AAAAAAAA") }
      }
      do {
        _ = try await verify(code)
        Issue.record("the attempts were not bounded")
      } catch let error as RPCError {
        #expect(error.code == .resourceExhausted)
      }
      try await notifier.pool.execute("UPDATE channel SET code_attempts = 0")
      #expect(try await verify(code).verified)
    }
  }

  @Test("commands are answered, each once, and /stop silences")
  func commands() async throws {
    try await Notifier.run(nil, ["TELEGRAM_BOT": "true", "TRACK_SHOPS": "shop.test=demo,TRY,/p/{id}"]) { notifier in
      notifier.telegram.write("/start", chat: 50)
      try await waitUntil("help comes") { notifier.telegram.accepted.count == 1 }
      notifier.telegram.write("/list", chat: 50)
      try await waitUntil("the list comes") { notifier.telegram.accepted.count == 2 }
      #expect(notifier.telegram.accepted[1].text.contains("Henüz"))
      notifier.telegram.write("/track http://169.254.169.254/latest", chat: 50)
      try await waitUntil("the address is refused") { notifier.telegram.accepted.count == 3 }
      #expect(notifier.telegram.accepted[2].text.contains("izleyemiyorum"))
      notifier.telegram.write("/stop", chat: 50)
      try await waitUntil("it is silent") {
        try await notifier.count("SELECT count(*) FROM channel WHERE disabled_at IS NOT NULL") == 1
      }
      notifier.telegram.write("/deals", chat: 50)
      try await waitUntil("it speaks again") { notifier.telegram.accepted.count == 4 }
      #expect(try await notifier.count("SELECT next_update::int FROM telegram_bot") == 105)
    }
  }

  @Test("/track finds or adds the page's listing, makes one alert for it, and tells its price")
  func track() async throws {
    try await CatalogStandIn.withServer { catalog, address in
      let settings = [
        "TELEGRAM_BOT": "true", "TRACK_SHOPS": "shop.test=demo,TRY,/p/{id}", "CATALOG_ADDRESS": address,
      ]
      try await Notifier.run(nil, settings) { notifier in
        notifier.telegram.write("/track https://www.shop.test/sony-wh/p/7?utm_source=x 1.000 TL", chat: 60)
        try await waitUntil("it is watched") { notifier.telegram.accepted.count == 1 }
        #expect(notifier.telegram.accepted[0].text.contains("1.000,00 TL"))
        #expect(catalog.created.map(\.externalId) == ["7"])
        #expect(catalog.created.first?.url == "https://www.shop.test/sony-wh/p/7")
        notifier.telegram.write("/track https://shop.test/p/7 900", chat: 60)
        try await waitUntil("the target is changed") { notifier.telegram.accepted.count == 2 }
        #expect(catalog.created.count == 1)
        let alerts = try await notifier.client.listAlerts(.with { $0.subscriber = "telegram:60" }).alerts
        #expect(alerts.map(\.rule) == [.targetPrice(.with { $0.price = lira(90_000) })])
        notifier.pricing.append([price(89_900, listing: CatalogStandIn.listing)])
        try await waitUntil("its price is told") { notifier.telegram.accepted.count == 3 }
        #expect(notifier.telegram.accepted[2].text.contains("899,00 TL"))
      }
    }
  }
}
