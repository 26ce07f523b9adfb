import MarketSim
import MeshMessages
import MeshRPC
import NIOCore
import NIOPosix
import PostgresClient
import ProtobufBridge
import TestSupport
import Testing

@testable import NotifierService

@Suite("E-mail")
struct MailTests {
  static let link = "https://fiyatradari.test/verify?token=s3cret"

  private func request(_ key: String, to: String = "ayse@example.test") -> NotifierV1.SendMailRequest {
    .init(idempotencyKey: key, to: to, mail: .verifyAddress, link: Self.link, language: "en")
  }

  private func deliveries(_ notifier: Notifier, of subscriber: String) async throws -> [NotifierV1.Delivery] {
    try await notifier.client.listDeliveries(.with { $0.subscriber = subscriber }).deliveries
  }

  @Test("a mailbox is registered, verified by the code that came, and told of prices")
  func channel() async throws {
    try await MailPlace.withNotifier { notifier, mail in
      let registered = try await notifier.client.registerChannel(
        .with { ($0.subscriber, $0.kind, $0.address) = ("a", .email, "Ayse@Example.TEST") })
      let channel = try #require(registered.channel)
      #expect(channel.address == "Ayse@example.test" && !channel.verified)
      try await waitUntil("the code arrives") { mail.mails.count == 1 }
      let first = mail.mails[0]
      #expect(first.to == ["Ayse@example.test"] && first.from == "radar@fiyatradari.test")
      #expect(first.subject == "Fiyatradari: doğrulama kodunuz")
      let code = try #require(first.text.firstMatch(of: #/: ([0-9A-Z]{8}) \(/#)).1
      let dump = try await notifier.pool.query("SELECT string_agg(d::text, '') FROM delivery AS d").scalar(String.self)
      #expect(dump?.contains(code) == false)
      let verified = try await notifier.client.verifyChannel(
        .with { ($0.id, $0.subscriber, $0.code) = (channel.id, "a", String(code)) })
      #expect(verified.verified)
      try await notifier.target("a")
      notifier.pricing.append([price(99_000, old: 120_000)])
      try await waitUntil("the alert arrives") { mail.mails.count == 2 }
      let alert = mail.mails[1]
      #expect(alert.subject == "Hedef fiyata indi (1.000,00 TL): Sony WH-1000XM5")
      #expect(alert.text.contains("Fiyat: 1.200,00 TL → 990,00 TL"))
      #expect(alert.raw.contains("\r\nList-Unsubscribe: <mailto:radar@fiyatradari.test?"))
      _ = try await notifier.client.sendTest(.with { ($0.channelId, $0.subscriber) = (channel.id, "a") })
      try await waitUntil("the test arrives") { mail.mails.count == 3 }
      // All went over one connection.
      #expect(mail.connections == 1)
    }
  }

  @Test("the link of a mail ends the mails to its mailbox, and no other text does")
  func unsubscribe() async throws {
    try await MailPlace.withNotifier(["PUBLIC_URL": "https://radar.test"]) { notifier, mail in
      let channel = try await notifier.mailbox("a@example.test", of: "a")
      let other = try await notifier.mailbox("b@example.test", of: "b")
      for subscriber in ["a", "b"] { try await notifier.target(subscriber) }
      notifier.pricing.append([price(99_000)])
      try await waitUntil("both are told") { mail.mails.count == 2 }
      let told = try #require(mail.mails.first { $0.to == ["a@example.test"] })
      let link = try #require(told.raw.firstMatch(of: #/<https://radar.test/unsubscribe\?token=([^>]*)>/#))
      #expect(told.raw.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
      let token = String(link.1)
      for wrong in [
        "", "x", "-1-ab", "\(channel)", "\(other)-" + token.split(separator: "-")[1], token + "0", token + "-1",
      ] {
        let error = await #expect(throws: RPCError.self) {
          try await notifier.client.unsubscribe(.init(token: wrong))
        }
        #expect(error?.code == .notFound, "\(wrong)")
      }
      _ = try await notifier.client.pauseSending(.with { $0.paused = true })
      _ = try await notifier.client.sendTest(.with { ($0.channelId, $0.subscriber) = (channel, "a") })
      for _ in 0..<2 { _ = try await notifier.client.unsubscribe(.init(token: token)) }
      _ = try await notifier.client.pauseSending(.with { $0.paused = false })
      let states = try await notifier.pool.query("SELECT disabled_at IS NULL FROM channel ORDER BY id").scalars(
        Bool.self)
      #expect(states == [false, true])
      try await waitUntil("what waited is dropped") {
        try await notifier.count("SELECT count(*) FROM delivery WHERE channel_id = \(channel) AND state = 4") == 1
      }
      // Registered again, it is sent a code.
      _ = try await notifier.client.registerChannel(
        .with { ($0.subscriber, $0.kind, $0.address) = ("a", .email, "a@example.test") })
      try await waitUntil("a code comes") { mail.mails.count == 3 && mail.mails[2].to == ["a@example.test"] }
    }
  }

  @Test("a digest is one mail with all its alerts")
  func digest() async throws {
    try await MailPlace.withNotifier { notifier, mail in
      _ = try await notifier.mailbox("a@example.test", of: "a")
      for product in [3, 4] as [Int64] {
        _ = try await notifier.client.createAlert(
          .with {
            $0.alert = .with { alert in
              (alert.subscriber, alert.subject, alert.dailyDigest) = ("a", .productId(product), true)
              alert.rule = .targetPrice(.with { $0.price = lira(100_000) })
            }
          })
      }
      notifier.pricing.append([price(99_000), price(98_000, listing: 8, product: 4)])
      try await waitUntil("both wait") { try await notifier.count("SELECT count(*) FROM digest_entry") == 2 }
      try await notifier.pool.execute("UPDATE digest_entry SET due_at = now()")
      let count = try await DigestStore(pool: notifier.pool).flush()
      #expect(count <= 1)
      try await waitUntil("it arrives") { mail.mails.count == 1 }
      #expect(mail.mails[0].subject == "Günlük özet: 2 bildirim")
      #expect(mail.mails[0].text.contains("990,00 TL") && mail.mails[0].text.contains("980,00 TL"))
    }
  }

  @Test("who is told to come back does, and a mail whose taking was not heard comes again with the same Message-ID")
  func again() async throws {
    try await MailPlace.withNotifier { notifier, mail in
      mail.order(.greylist, count: 1)
      _ = try await notifier.client.sendMail(request("k1"))
      try await waitUntil("it is told to wait") {
        try await deliveries(notifier, of: "mail:ayse@example.test").first?.lastError.contains("451 4.7.1") == true
      }
      #expect(mail.mails.isEmpty)
      try await waitUntil("it is sent") { mail.mails.count == 1 }
      mail.order(.silent, count: 1)
      _ = try await notifier.client.sendMail(request("k2", to: "b@example.test"))
      try await waitUntil("it is sent twice") { mail.mails.count == 3 }
      let ids = mail.mails.suffix(2).map { $0.raw.firstMatch(of: /Message-ID: <([^>]*)>/)?.1 }
      #expect(ids[0] != nil && ids[0] == ids[1])
      mail.order(.drop, count: 1)
      _ = try await notifier.client.sendMail(request("k3", to: "c@example.test"))
      try await waitUntil("what was cut off is sent whole") { mail.mails.count == 4 }
      #expect(mail.mails[3].text.contains(Self.link))
    }
  }

  @Test("a refused recipient is parked with the reason, and an operator sends it again; ten disable the mailbox")
  func refused() async throws {
    try await MailPlace.withNotifier { notifier, mail in
      let channel = try await notifier.mailbox("a@example.test", of: "a")
      mail.order(.refuse, count: 1)
      let test = try await notifier.client.sendTest(.with { ($0.channelId, $0.subscriber) = (channel, "a") })
      try await waitUntil("it is parked") {
        try await deliveries(notifier, of: "a").first?.state == .parked
      }
      let parked = try #require(try await deliveries(notifier, of: "a").first)
      #expect(parked.lastError == "the mail server does not take the recipient: 550 5.1.1 no such mailbox")
      #expect(try await notifier.client.retryDelivery(.with { $0.id = test.deliveryId }).state == .pending)
      try await waitUntil("it is sent") { mail.mails.count == 1 }
      try await waitUntil("it is recorded") { try await deliveries(notifier, of: "a").first?.state == .sent }
      mail.order(.refuse, count: 100)
      try await notifier.pool.execute(
        """
        INSERT INTO delivery (channel_id, subscriber, kind, purpose, text, body, idempotency_key)
        SELECT $1, 'a', 3, 3, 'x', '{"subject":"x","text":"x","html":"x"}', 'x' || n FROM generate_series(1, 12) AS n
        """, [channel])
      // A second apart to one address: as if their turn had come.
      try await waitUntil("the mailbox is disabled", within: .seconds(60)) {
        try await notifier.client.listChannels(.with { $0.subscriber = "a" }).channels.first?.disabled == true
      }
      try await waitUntil("nothing waits") {
        try await notifier.count("SELECT count(*) FROM delivery WHERE state = 1") == 0
      }
    }
  }

  @Test("a mail server that is away parks mails, and disables no mailbox")
  func away() async throws {
    try await MailPlace.withNotifier(["DELIVERY_ATTEMPTS": "1"]) { notifier, mail in
      let channel = try await notifier.mailbox("a@example.test", of: "a")
      try await notifier.pool.execute("UPDATE channel SET refusals = 9")
      mail.order(.drop, count: 1)
      _ = try await notifier.client.sendTest(.with { ($0.channelId, $0.subscriber) = (channel, "a") })
      try await waitUntil("it is parked") { try await deliveries(notifier, of: "a").first?.state == .parked }
      let listed = try await notifier.client.listChannels(.with { $0.subscriber = "a" }).channels.first
      #expect(listed?.disabled == false && listed?.lastError.hasPrefix("gave up after 1 attempts") == true)
    }
  }

  @Test("a wish that is told many times at once is one mail, and its link is shown to nobody")
  func idempotent() async throws {
    try await MailPlace.withNotifier { notifier, mail in
      let request = request("wish-1")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 { group.addTask { _ = try await notifier.client.sendMail(request) } }
        try await group.waitForAll()
      }
      try await waitUntil("it arrives") { mail.mails.count == 1 }
      _ = try await notifier.client.sendMail(request)
      // Another one, so that a repeat of the first would have come before it.
      _ = try await notifier.client.sendMail(self.request("wish-2", to: "b@example.test"))
      try await waitUntil("the next one arrives") { mail.mails.count >= 2 }
      #expect(mail.mails.map(\.to) == [["ayse@example.test"], ["b@example.test"]])
      let first = mail.mails[0]
      #expect(first.text.contains(Self.link) && first.subject == "Fiyatradari: confirm your e-mail address")
      #expect(!first.raw.contains("List-Unsubscribe"))
      try await waitUntil("it is recorded") {
        try await deliveries(notifier, of: "mail:ayse@example.test").map(\.state) == [.sent]
      }
      let shown = try await deliveries(notifier, of: "mail:ayse@example.test")[0]
      #expect(shown.text.contains("********") && shown.kind == .email)
      let dump = try await notifier.pool.query("SELECT string_agg(d::text, '') FROM delivery AS d").scalar(String.self)
      #expect(dump?.contains("s3cret") == false && dump?.contains("wish-1") == true)
    }
  }

  @Test("a mail whose time is over is dropped, and one that failed may be sent by an operator")
  func expired() async throws {
    try await MailPlace.withNotifier(["DELIVERY_ATTEMPTS": "1"]) { notifier, mail in
      _ = try await notifier.client.pauseSending(.with { $0.paused = true })
      _ = try await notifier.client.sendMail(request("old"))
      try await notifier.pool.execute("UPDATE delivery SET expires_at = now() - interval '1 second'")
      _ = try await notifier.client.sendMail(request("new", to: "b@example.test"))
      mail.order(.greylist, count: 1)
      _ = try await notifier.client.pauseSending(.with { $0.paused = false })
      try await waitUntil("one is dropped, the other parked") {
        try await notifier.pool.query("SELECT state::int FROM delivery ORDER BY id").scalars(Int.self) == [4, 3]
      }
      let parked = try await notifier.client.listDeliveries(.with { $0.state = .parked }).deliveries[0]
      #expect(parked.subscriber == "mail:b@example.test")
      _ = try await notifier.client.retryDelivery(.with { $0.id = parked.id })
      try await waitUntil("it is sent") { mail.mails.map(\.to) == [["b@example.test"]] }
    }
  }

  @Test("over TLS with a password, and never to a server that cannot show who it is")
  func secured() async throws {
    let files = try await MailPlace.certificate()
    var options = MailStandIn.Options()
    options.credentials = ("radar@fiyatradari.test", "pa ss")
    options.startTLS = try MailPlace.tls(files)
    for isImplicit in [false, true] {
      options.hasImplicitTLS = isImplicit
      try await MailPlace.withServer(options) { mail, port in
        let scheme = isImplicit ? "smtps" : "smtp"
        var settings = MailPlace.settings("\(scheme)://radar%40fiyatradari.test@127.0.0.1:\(port)")
        settings.merge(["SMTP_TLS": "required", "SMTP_PASSWORD": "pa ss"]) { $1 }
        settings["SMTP_CA_FILE"] = files.certificate
        try await Notifier.run(nil, settings) { notifier in
          _ = try await notifier.client.sendMail(request("k"))
          try await waitUntil("it arrives") { mail.mails.count == 1 }
        }
        let known = mail.commands.count
        settings["SMTP_CA_FILE"] = nil
        try await Notifier.run(nil, settings) { notifier in
          _ = try await notifier.client.sendMail(request("k"))
          try await waitUntil("it fails") {
            try await deliveries(notifier, of: "mail:ayse@example.test").first?.lastError.isEmpty == false
          }
          #expect(mail.mails.count == 1)
          #expect(!mail.commands.dropFirst(known).contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
        }
        settings.merge(["SMTP_CA_FILE": files.certificate, "SMTP_PASSWORD": "wrong"]) { $1 }
        try await Notifier.run(nil, settings) { notifier in
          _ = try await notifier.client.sendMail(request("k"))
          try await waitUntil("the password is not taken") {
            try await deliveries(notifier, of: "mail:ayse@example.test").first?.lastError
              == "the mail server does not take SMTP_PASSWORD (535)"
          }
        }
      }
    }
  }

  @Test("a kept connection that the server closed costs no attempt")
  func closedMeanwhile() async throws {
    try await MailPlace.withNotifier { notifier, mail in
      for number in 1...3 {
        _ = try await notifier.client.sendMail(request("k\(number)", to: "x\(number)@example.test"))
        try await waitUntil("it is recorded") {
          try await notifier.count("SELECT count(*) FROM delivery WHERE state = 2 AND failures = 0") == number
        }
        mail.closeConnections()
      }
      #expect(mail.connections == 3)
    }
  }

  @Test("many mails share a few connections")
  func many() async throws {
    try await MailPlace.withNotifier { notifier, mail in
      for number in 1...40 {
        _ = try await notifier.client.sendMail(request("k\(number)", to: "x\(number)@example.test"))
      }
      try await waitUntil("all arrive") { mail.mails.count == 40 }
      #expect(Set(mail.mails.flatMap(\.to)).count == 40 && mail.connections <= 4)
    }
  }

  @Test("a server that takes its time, or is not there, costs no longer than a mail may take")
  func slow() async throws {
    try await MailPlace.withServer { mail, port in
      let message = SMTPSession.Mail(
        from: try #require(MailAddress("a@example.test")), to: try #require(MailAddress("b@example.test")),
        message: Array("x\r\n".utf8))
      func send(_ port: Int) async throws -> SendOutcome {
        let client = try SMTPClient(
          MailServer(url: "smtp://127.0.0.1:\(port)", password: nil, isClear: true, authoritiesFile: nil),
          name: "example.test", group: MultiThreadedEventLoopGroup.singleton)
        let outcome = await client.send(message, within: .milliseconds(700))
        await client.shutdown()
        return outcome
      }
      mail.order(.slow, count: 1, seconds: 3600)
      #expect(try await send(port) == .failed("the mail server did not take the mail in time"))
      #expect(try await send(port) == .accepted)
      await mail.shutdown()
      guard case .failed(let reason) = try await send(port) else { return #expect(Bool(false), "nobody takes mail") }
      #expect(reason.hasPrefix("the mail server 127.0.0.1:\(port) cannot be reached"))
    }
  }

  @Test("without a mail server neither mailboxes nor mails are taken, and strangers' mailboxes are not filled")
  func limits() async throws {
    try await Notifier.run { notifier in
      let mail = await #expect(throws: RPCError.self) { try await notifier.client.sendMail(request("k")) }
      #expect(mail?.code == .failedPrecondition && mail?.message.contains("SMTP_URL") == true)
      let channel = await #expect(throws: RPCError.self) {
        try await notifier.client.registerChannel(
          .with { ($0.subscriber, $0.kind, $0.address) = ("a", .email, "a@example.test") })
      }
      #expect(channel?.code == .failedPrecondition && channel?.message.contains("SMTP_URL") == true)
      let left = try await notifier.count("SELECT count(*) FROM delivery")
      #expect(left == 0)
    }
    try await MailPlace.withNotifier(["MAX_CHANNELS": "5"]) { notifier, mail in
      for number in 1...21 {
        let registration = NotifierV1.RegisterChannelRequest(
          subscriber: "a", kind: .email, address: "x\(number)@example.test")
        if number == 21 {
          let error = await #expect(throws: RPCError.self) { try await notifier.client.registerChannel(registration) }
          #expect(error?.code == .resourceExhausted)
        } else {
          let id = try await notifier.client.registerChannel(registration).channel?.id ?? 0
          _ = try await notifier.client.removeChannel(.with { ($0.id, $0.subscriber) = (id, "a") })
        }
      }
    }
  }
}
