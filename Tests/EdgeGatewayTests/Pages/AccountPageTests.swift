import HTTPTypes
import MeshMessages
import MeshRPC
import ProtobufBridge
import Testing

@testable import EdgeGateway

/// What a person does on the pages of the account, as far as no database is asked.
@Suite("Pages of an account")
struct AccountPageTests {
  private struct Person {
    let gateway: GatewayFixture
    let fields: [(String, String)]
    let csrf: String
    static let subscriber = "account:42"

    init() throws {
      gateway = try GatewayFixture()
      csrf = try gateway.accounts.secrets.csrfToken(session: 5)
      fields = [
        ("accept", "text/html"),
        ("cookie", "__Host-session=" + (try gateway.directory.signIn(account: 42, role: .user, session: 5).text)),
      ]
    }

    func get(_ path: String) async throws -> GatewayFixture.Reply { try await gateway.get(path, fields) }

    func post(_ path: String, _ body: String) async throws -> GatewayFixture.Reply {
      let type = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://fiyat.example")]
      return try await gateway.send("POST", path, fields + type, body: body + "&csrf=" + csrf)
    }
  }

  @Test(
    "Pages are stored by nobody, send the session's token with every form, and show texts of others as text",
    arguments: [
      "/account/alerts", "/account/alerts/new?product=7", "/account/alerts/new",
      "/account/alerts/new?category=%3Cscript%3E",
      "/account/alerts/7", "/account/alerts/8", "/account/alerts/13", "/account/alerts/13/delete",
      "/account/channels/5/verify", "/account/channels/5/delete", "/account/deliveries",
      "/account/deliveries?state=parked&done=saved", "/account/password", "/account/delete",
      "/account/alerts?done=removed",
    ])
  func personal(path: String) async throws {
    let person = try Person()
    for language in Language.allCases {
      let page = try await person.get(language.path(path))
      #expect(page.status == 200, "\(page.body)")
      #expect(page["cache-control"] == "private, no-store" && page["referrer-policy"] == "same-origin")
      #expect(page["content-security-policy"]?.contains("form-action 'self'") == true)
      #expect(page.body.contains("<meta name=\"robots\" content=\"noindex\">"))
      #expect(!page.body.contains("<script>") && !page.body.contains("\"\u{301} on"))
      let forms: Int = page.body.components(" method=\"post\">")
      #expect(forms > 0 && page.body.components("name=\"csrf\" value=\"\(person.csrf)\"") == forms)
      #expect(page.body.components("<h1>") == 1 && page.body.components("<main") == 1)
      // The other language is the same page, and says nothing of what was done.
      #expect(!page.body.contains("done=") && !page.body.contains("/en/en/"))
      #expect(page.body.contains("<a class=\"language\" href=\"\(language.other.path("/account/"))"))
    }
    #expect(person.gateway.services.subscribers.isSubset(of: [Person.subscriber]))
  }

  @Test(
    "A browser is named as people know it",
    arguments: [
      (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36",
        "Chrome · Linux"
      ),
      (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
        "Edge · Windows"
      ),
      ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
      ("Python-urllib/3.11", "Python-urllib/3.11"), ("Mozilla/5.0", "Mozilla/5.0"), ("", nil),
    ] as [(String, String?)])
  func devices(agent: String, name: String?) { #expect(DeviceName.short(agent) == name) }

  @Test("Words for every rule, in both languages")
  func rules() async throws {
    let person = try Person()
    let turkish = try await person.get("/account/alerts").body
    for words in [
      "Fiyat 999,00\u{a0}TL ya da altına inince", "Fiyat %12,5 düşünce", "Fiyat her değişince", "Yeniden stoğa girince",
      "Tüm zamanların en düşüğüne inince", "Son 90 günün en düşüğüne inince", "en az %25 gerçek indirim",
      "11 numaralı teklif", "duraklatıldı",
    ] { #expect(turkish.contains(words), "\(words)") }
    let english = try await person.get("/en/account/alerts").body
    #expect(english.contains("The price is TRY\u{a0}999.00 or below") && english.contains("Listing 11"))
  }

  @Test("“Tell me when” begins with what the product's page suggests, and what is asked for reaches the notifier")
  func tellMe() async throws {
    let person = try Person()
    let form = try await person.get("/account/alerts/new?product=7&target=1234.00")
    #expect(form.body.contains("value=\"1234.00\"") && form.body.contains("<option value=\"target\" selected>"))
    let made = try await person.post(
      "/account/alerts/new?product=7",
      "rule=target&target=1.234%2C50&percent=&amount=&channel=5&rearm=after-1440&quietFrom=22%3A00&quietTo=08%3A05"
        + "&digest=on&label=+Kulakl%C4%B1k+")
    #expect(made.status == 303 && made["location"] == "/account/alerts?done=saved", "\(made.body)")
    let alert = try #require(person.gateway.services.last(NotifierV1.CreateAlertRequest.self)?.alert)
    #expect(alert.subscriber == Person.subscriber && alert.subject == .productId(7) && alert.channelIds == [5])
    #expect(
      alert.rule == .targetPrice(.with { $0.price = CommonV1.Money(currency: "TRY", minorUnits: 123_450) })
        && alert.dailyDigest && alert.label == "Kulaklık")
    #expect(alert.rearm?.mode == .after && alert.rearm?.after?.seconds == 86_400)
    #expect(alert.quietHours?.startMinute == 1320 && alert.quietHours?.endMinute == 485)
    for (rule, expected) in [
      ("drop&percent=15", .drop(.with { $0.by = .basisPoints(1500) })), ("change", .anyChange(.init())),
      ("stock", .backInStock(.init())), ("low", .allTimeLow(.init())),
      ("days-365", .lowestInDays(.with { $0.days = 365 })),
      ("amount&amount=10", .drop(.with { $0.by = .amount(CommonV1.Money(currency: "TRY", minorUnits: 1000)) })),
    ] as [(String, NotifierV1.Alert.Rule)] {
      #expect(try await person.post("/account/alerts/new?product=7", "rule=\(rule)").status == 303, "\(rule)")
      #expect(person.gateway.services.last(NotifierV1.CreateAlertRequest.self)?.alert?.rule == expected)
    }
    let deal = try await person.post("/en/account/alerts/new", "rule=deal&category=elektronik&discount=3000&genuine=on")
    #expect(deal["location"] == "/en/account/alerts?done=saved")
    let wanted = try #require(person.gateway.services.last(NotifierV1.CreateAlertRequest.self)?.alert)
    #expect(
      wanted.subject == nil
        && wanted.rule
          == .dealInCategory(
            .with { ($0.category, $0.minDiscountBasisPoints, $0.genuineOnly) = ("elektronik", 3000, true) })
    )
  }

  @Test(
    "What is wrong with an alert is said at its field, and nothing is asked of the notifier",
    arguments: [
      ("rule=target&target=abc", "target"), ("rule=target&target=0", "target"), ("rule=target", "target"),
      ("rule=drop&percent=0", "percent"), ("rule=drop&percent=100", "percent"), ("rule=amount&amount=-1", "amount"),
      ("rule=", "rule"), ("rule=keep", "rule"), ("rule=change&rearm=after-0", "rearm"),
      ("rule=change&quietFrom=22%3A00", "quietTo"), ("rule=change&quietFrom=24%3A00&quietTo=08%3A00", "quietFrom"),
      ("rule=change&quietFrom=08%3A00&quietTo=08%3A00", "quietTo"),
      ("rule=change&label=" + String(repeating: "a", count: 201), "label"),
    ])
  func faults(body: String, field: String) async throws {
    let person = try Person()
    let reply = try await person.post("/account/alerts/new?product=7", body)
    #expect(reply.status == 422 && reply.body.contains("<a href=\"#f-\(field)\">"), "\(reply.status)")
    #expect(reply.body.contains("id=\"f-\(field)-error\""))
    #expect(person.gateway.services.last(NotifierV1.CreateAlertRequest.self) == nil)
  }

  @Test("A change leaves what is not on the form as it was, and is told of by the alert's owner alone")
  func change() async throws {
    let person = try Person()
    let form = try await person.get("/account/alerts/8")
    #expect(form.body.contains("<option value=\"keep\" selected>Şimdiki gibi: Fiyat %12,5 düşünce</option>"))
    #expect(form.body.contains("<option value=\"after-10\" selected>10 dakika sonra yine</option>"))
    #expect(form.body.contains("value=\"22:00\"") && form.body.contains("value=\"08:05\""))
    let reply = try await person.post(
      "/account/alerts/8", "rule=keep&channel=5&rearm=once&quietFrom=21%3A00&quietTo=08%3A05&label=")
    #expect(reply.status == 303, "\(reply.body)")
    let request = try #require(person.gateway.services.last(NotifierV1.UpdateAlertRequest.self))
    #expect(
      request.updateMask?.paths.sorted() == ["channel_ids", "daily_digest", "label", "quiet_hours", "rearm"])
    #expect(request.alert?.id == 8 && request.alert?.quietHours?.timeZone == "Europe/Berlin")
    let pause = try await person.post("/account/alerts/8/pause", "paused=true")
    #expect(pause.status == 303)
    let paused = try #require(person.gateway.services.last(NotifierV1.UpdateAlertRequest.self))
    #expect(paused.updateMask?.paths == ["paused"] && paused.alert?.paused == true)
    #expect(try await person.post("/account/alerts/8/delete", "x=1").status == 400)
    #expect(try await person.post("/account/alerts/8/delete", "").status == 303)
    #expect(person.gateway.services.last(NotifierV1.DeleteAlertRequest.self)?.id == 8)
    #expect(try await person.get("/account/alerts/99").status == 404)
    #expect(person.gateway.services.subscribers == [Person.subscriber])
  }

  @Test("A webhook's key is shown once, on the page that asks for the code")
  func webhook() async throws {
    let person = try Person()
    let reply = try await person.post(
      "/account/channels", "kind=webhook&address=https%3A%2F%2Fexample.com%2F%3Cscript%3E")
    #expect(reply.status == 200 && reply["cache-control"] == "private, no-store")
    #expect(reply.body.contains("id=\"signing-secret\">s</p>") && reply.body.contains("/account/channels/5/verify"))
    #expect(!reply.body.contains("<script>"))
    #expect(try await person.post("/account/channels/5/verify", "code=+ABCD1234+").status == 303)
    #expect(person.gateway.services.last(NotifierV1.VerifyChannelRequest.self)?.code == "ABCD1234")
    let test = try await person.post("/account/channels/5/test", "")
    #expect(test["location"] == "/account/channels?done=sent")
    #expect(try await person.post("/account/channels/5/delete", "")["location"] == "/account/channels?done=removed")
    #expect(person.gateway.services.subscribers == [Person.subscriber])
  }

  @Test("What the notifier says of a code or of too many alerts is said in the reader's words")
  func refusals() async throws {
    let person = try Person()
    for (code, words) in [
      (RPCError.Code.resourceExhausted, "önce birini silin"), (.failedPrecondition, "artık kullanılamıyor"),
    ] {
      let gateway = person.gateway
      gateway.services.failChanges(with: RPCError(code: code, message: "alert.subscriber: at 10.0.0.1"))
      let reply = try await person.post("/account/alerts/new?product=7", "rule=change")
      #expect(reply.status == 422 && reply.body.contains(words) && !reply.body.contains("10.0.0.1"))
    }
    person.gateway.services.failChanges(with: RPCError(code: .invalidArgument, message: "code: another one"))
    let reply = try await person.post("/account/channels/5/verify", "code=1")
    #expect(reply.status == 422 && reply.body.contains("Kod yanlış"))
  }
}
