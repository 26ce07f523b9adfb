import HTTPTypes
import Testing

@testable import EdgeGateway

@Suite("What forms send")
struct FormFieldTests {
  @Test("Fields are read as browsers write them")
  func read() throws {
    let body = "email=ayse%40example.com&password=a+b%26&channel=1&channel=2&csrf=x&box=on&empty="
    let form = try FormFields(body.utf8, once: ["email", "password", "box", "empty"], many: ["channel"])
    #expect(form["email"] == "ayse@example.com" && form["password"] == "a b&" && form["csrf"] == "x")
    #expect(form.all("channel") == ["1", "2"] && form.isOn("box") && !form.isOn("other"))
    #expect(form["empty"].isEmpty && form["missing"].isEmpty && form.all("missing").isEmpty)
    let spaced = try FormFields("email=+%09a%40b.c+".utf8, once: ["email"])
    #expect(spaced.trimmed("email") == "a@b.c" && spaced["email"] == " \ta@b.c ")
    #expect(try FormFields("a=%20".utf8, once: ["a"]).trimmed("a").isEmpty)
  }

  @Test(
    "What is malformed, unknown or given twice is refused by name",
    arguments: [
      ("other=1", "other"), ("email=1&email=2", "email"), ("email=%ff", "email"), ("email=%4", "email"),
      ("email=%00", "email"), ("%ff=1", nil), ("=1", nil), ("email=\u{fc}", nil), ("email=a b", nil),
      (String(repeating: "many=1&", count: 201), nil), ("csrf=1&csrf=2", "csrf"),
    ] as [(String, String?)])
  func refused(body: String, field: String?) {
    let problem = #expect(throws: Problem.self) { try FormFields(body.utf8, once: ["email"], many: ["many"]) }
    #expect(problem?.status == .badRequest && problem?.field == field)
  }

  @Test(
    "Only paths of our own are places to go on at",
    arguments: [
      ("/", true), ("/account", true), ("/p/7?days=30#history", true), ("/%2f%2fevil.example", true), ("", false),
      ("//evil.example", false), ("/\\evil.example", false), ("https://evil.example", false), ("account", false),
      ("/a\\b", false), ("/a b", false), ("/a\tb", false), ("/\n/evil.example", false), ("/ü", false),
      ("/" + String(repeating: "a", count: 500), false),
    ])
  func places(path: String, isLocal: Bool) { #expect((LocalPath(path) != nil) == isLocal) }
}

@Suite("The markup of forms")
struct FormMarkupTests {
  private static let site = PageSite(base: "https://fiyat.example")

  @Test(
    "A field has a label, and names what is wrong with it; nothing that was typed becomes markup, no password is shown")
  func field() {
    let context = PageContext(
      site: Self.site, language: .english, path: "/account", viewer: Viewer(role: .user, csrfToken: "t\"0"))
    let form = FormMarkup(
      context: context, values: ["email": "\"><script>", "password": "s3cret"], errors: [("email", "No <address>.")])
    let page = String(
      decoding: form.form(
        "/account/x",
        form.field("email", "Mail", .email, hint: "Yours") + form.field("password", "Password", .currentPassword)
          + form.field("note", "Note", isRequired: false), button: "Go"
      ).bytes, as: UTF8.self)
    #expect(page.contains("action=\"/en/account/x\" method=\"post\""))
    #expect(page.contains("<input type=\"hidden\" name=\"csrf\" value=\"t&quot;0\">"))
    #expect(page.contains("<label for=\"f-email\">Mail</label>"))
    #expect(page.contains("aria-describedby=\"f-email-hint f-email-error\" aria-invalid=\"true\""))
    #expect(page.contains("id=\"f-email-error\">No &lt;address&gt;.</p>") && page.contains("href=\"#f-email\""))
    #expect(page.contains("role=\"alert\"") && page.contains("autocomplete=\"current-password\""))
    #expect(page.contains("Note <span class=\"muted\">(optional)</span>"))
    #expect(!page.contains("<script>") && !page.contains("s3cret"))
  }

  @Test("Every notice has words in both languages", arguments: Notice.allCases)
  func notices(notice: Notice) {
    for language in Language.allCases {
      let context = PageContext(site: Self.site, language: language, path: "/")
      #expect(String(decoding: notice.markup(context).bytes, as: UTF8.self).contains("role=\"status\""))
    }
  }

  @Test("Every phrase of accounts is there in both languages, with the same values", arguments: AccountPhrase.allCases)
  func phrases(phrase: AccountPhrase) {
    let (turkish, english) = phrase.forms
    #expect(!turkish.isEmpty && !english.isEmpty && PhraseTests.names(turkish) == PhraseTests.names(english))
  }
}

@Suite("Pages for whom they are")
struct AudienceTests {
  private static let html = [("accept", "text/html")]

  private static func cookie(_ gateway: GatewayFixture, _ role: Role, session: Int64 = 1) throws -> (String, String) {
    ("cookie", "__Host-session=" + (try gateway.directory.signIn(account: 42, role: role, session: session).text))
  }

  @Test("A kept page leads strangers to sign in and the signed-in to their account, and is stored by nobody for these")
  func header() async throws {
    let gateway = try GatewayFixture()
    let stranger = try await gateway.get("/en/p/7", Self.html)
    #expect(stranger.body.contains("href=\"/en/account/sign-in?next=%2Fen%2Fp%2F7\""))
    #expect(stranger["vary"]?.contains("Cookie") == true && stranger["cache-control"]?.hasPrefix("public") == true)
    let asked = gateway.services.requestCount
    for role in Role.allCases {
      let cookie = try Self.cookie(gateway, role)
      let page = try await gateway.get("/en/p/7", Self.html + [cookie, ("accept-encoding", "gzip")])
      #expect(page.status == 200 && page["cache-control"] == "private, no-store" && page["content-encoding"] == nil)
      #expect(page.body.contains("<a class=\"account\" href=\"/en/account\">My account</a>"))
      #expect(!page.body.contains("/account/sign-in"))
      #expect(page.body.contains("href=\"/en/admin\"") == (role >= .operator))
      #expect(page["etag"] != stranger["etag"])
    }
    // It was there already, and is as it was for those who are not signed in.
    #expect(gateway.services.requestCount == asked)
    #expect(try await gateway.get("/en/p/7", Self.html).body == stranger.body)
    let unknown = try await gateway.get("/en/p/7", Self.html + [("cookie", "__Host-session=fs_x")])
    #expect(unknown.body == stranger.body)
  }

  @Test("Whoever is not signed in is led to sign in, and back; who lacks the role is told so on a page of his own")
  func guarded() async throws {
    let gateway = try GatewayFixture()
    for (path, place) in [
      ("/account", "/account/sign-in?next=%2Faccount"),
      ("/en/account/delete?x=1", "/en/account/sign-in?next=%2Fen%2Faccount%2Fdelete%3Fx%3D1"),
    ] {
      let reply = try await gateway.get(path, Self.html)
      #expect(reply.status == 303 && reply["location"] == place && reply["cache-control"] == "private, no-store")
    }
    let form = try await gateway.send(
      "POST", "/account/delete", Self.html + [("content-type", "application/x-www-form-urlencoded")], body: "password=x"
    )
    #expect(form.status == 303 && form["location"] == "/account/sign-in?next=%2Faccount")
    #expect(try await gateway.get("/account", [("accept", "application/json")]).status == 401)
    let cookie = try Self.cookie(gateway, .user)
    let lost = try await gateway.get("/en/p/8", Self.html + [cookie])
    #expect(lost.status == 404 && lost.body.contains("My account") && lost["cache-control"] == "no-store")
    // Signed in already: on to where one wanted to go.
    let again = try await gateway.get("/account/sign-in?next=%2Fp%2F7", Self.html + [cookie])
    #expect(again.status == 303 && again["location"] == "/p/7")
    #expect(try await gateway.get("/account/sign-in?next=%2F%2Fevil.example", Self.html).status == 400)
  }

  @Test("A form changes something only with the session's token and from our own pages")
  func forged() async throws {
    let gateway = try GatewayFixture()
    let cookie = try Self.cookie(gateway, .user, session: 5)
    let token = try gateway.accounts.secrets.csrfToken(session: 5)
    let other = try gateway.accounts.secrets.csrfToken(session: 6)
    let type = [("content-type", "application/x-www-form-urlencoded")]
    let own = ("origin", "http://localhost")
    for (fields, body) in [
      ([own], ""), ([own], "csrf="), ([own], "csrf=\(other)"), ([("origin", "https://evil.example")], "csrf=\(token)"),
      ([("sec-fetch-site", "cross-site")], "csrf=\(token)"), ([("origin", "null")], "csrf=\(token)"),
      ([("origin", "null"), ("sec-fetch-site", "cross-site")], "csrf=\(token)"),
    ] {
      let reply = try await gateway.send(
        "POST", "/account/sign-out", Self.html + type + [cookie] + fields, body: body)
      #expect(reply.status == 403 && reply.body.contains("Bu formu yeniden açın"), "\(fields) \(body)")
      #expect(reply["set-cookie"] == nil)
    }
    // It gets as far as the database, which is not there.
    for fields in [[own], [("origin", "null"), ("sec-fetch-site", "same-origin")]] {
      let reply = try await gateway.send(
        "POST", "/account/sign-out", Self.html + type + [cookie] + fields, body: "csrf=\(token)")
      #expect(reply.status == 503, "\(reply.body)")
    }
    // Nobody is signed in by another site.
    let signIn = try await gateway.send(
      "POST", "/account/sign-in", type + [("origin", "https://evil.example")], body: "email=a%40b.cc&password=x")
    #expect(signIn.status == 403)
  }

  @Test("What a form may hold is bounded, and of one type")
  func bounded() async throws {
    let gateway = try GatewayFixture()
    for (type, body, status) in [
      ("application/json", "{}", 415), ("text/plain", "email=a", 415),
      ("application/x-www-form-urlencoded", "email=" + String(repeating: "a", count: 20_000), 413),
      ("application/x-www-form-urlencoded", "email=a&role=admin", 400),
    ] {
      let reply = try await gateway.send("POST", "/account/sign-in", [("content-type", type)], body: body)
      #expect(reply.status == status, "\(type) \(reply.body.prefix(200))")
    }
  }

  @Test("A form that is not in order comes back with what was typed and what is wrong, and without the password")
  func comesBack() async throws {
    let gateway = try GatewayFixture()
    for (path, body, words) in [
      ("/account/sign-in", "email=nobody%22&password=geheim-geheim&next=%2Fp%2F7", "E-posta adresi ayse@example.com"),
      ("/en/account/sign-up", "email=nobody%22&password=geheim-geheim", "must be of the form"),
      ("/en/account/sign-up", "email=a%40b.cc&password=geheim", "must have 10 to 256 characters"),
      ("/account/verify", "token=%3Cscript%3E", "Bu bağlantı geçerli değil"),
      ("/account/reset", "token=fr_x&password=geheim-geheim", "Bu bağlantı geçerli değil"),
      ("/account/forgotten", "email=nobody%22", "E-posta adresi ayse@example.com"),
    ] {
      let reply = try await gateway.send(
        "POST", path, Self.html + [("content-type", "application/x-www-form-urlencoded")], body: body)
      #expect(reply.status == 422 && reply.body.contains(words), "\(path): \(reply.status)")
      #expect(reply.body.contains("role=\"alert\"") && reply.body.contains("aria-invalid=\"true\""))
      #expect(!reply.body.contains("geheim") && !reply.body.contains("<script>") && !reply.body.contains("nobody\""))
      if body.contains("nobody") { #expect(reply.body.contains("value=\"nobody&quot;\"")) }
    }
  }
}
