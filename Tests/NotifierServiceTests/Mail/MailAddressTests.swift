import Testing

@testable import NotifierService

@Suite("E-mail addresses")
struct MailAddressTests {
  @Test(
    "plain addresses are taken, their domain in lower case",
    arguments: [
      ("ayse@example.com", "ayse@example.com"), ("Ayse.Y+fiyat@Mail.Example.COM", "Ayse.Y+fiyat@mail.example.com"),
      ("a@b.co", "a@b.co"), ("o'neil_{x}@xn--trkiye-3ya.example", "o'neil_{x}@xn--trkiye-3ya.example"),
    ])
  func taken(text: String, kept: String) { #expect(MailAddress(text)?.text == kept) }

  @Test(
    "what could break out of a command or a field, or is no address, is refused",
    arguments: [
      "", "ayse", "@example.com", "ayse@", "a@b@example.com", "ayse@example", "ayse@localhost",
      "ayse@example.com\r\nRCPT TO:<x@y.z>", "ayse\n@example.com", "a b@example.com", "<ayse@example.com>",
      "ayse@example.com>", "\"a\"@example.com", "ayse@[127.0.0.1]", "ayse@127.0.0.1", "ayse@-x.com", "ayse@x-.com",
      "ayse@x..com", ".ayse@x.com", "ayse.@x.com", "a..b@x.com", "ayşe@example.com", "ayse@örnek.com",
      "ayse@ex\u{0}.com",
      "ayse,b@example.com", "ayse@example.com,b@example.com", "a;b@x.com", "a:b@x.com", "a\\b@x.com",
      String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "b", count: 64) + ".com",
      "a@" + String(repeating: "b.", count: 130) + "com",
    ])
  func refused(text: String) { #expect(MailAddress(text) == nil) }

  @Test("a sender is an address, with a name before it or not")
  func sender() throws {
    let named = try #require(MailSenderName("Fiyat Radarı <radar@example.com>"))
    #expect(named.name == "Fiyat Radarı" && named.address.text == "radar@example.com")
    #expect(MailSenderName("radar@example.com")?.name == "Fiyatradari")
    for text in ["", "<radar@example.com>", "Radar radar@example.com", "Radar <radar>", "Radar <radar@example.com"] {
      #expect(MailSenderName(text) == nil, "\(text)")
    }
  }

  @Test("a mail server's address gives host, port, security and user")
  func server() throws {
    let submission = try MailServer(
      url: "smtp://radar%40example.com@mail.example.com", password: "p", isClear: false, authoritiesFile: nil)
    #expect(submission.host == "mail.example.com" && submission.port == 587 && submission.security == .startTLS)
    #expect(submission.credentials == .init(user: "radar@example.com", password: "p"))
    let implicit = try MailServer(url: "smtps://[::1]/", password: nil, isClear: true, authoritiesFile: nil)
    #expect(implicit.host == "::1" && implicit.port == 465 && implicit.security == .implicit)
    let relay = try MailServer(url: "smtp://localhost:2525", password: nil, isClear: true, authoritiesFile: nil)
    #expect(relay.port == 2525 && relay.security == .none && relay.credentials == nil)
  }

  @Test(
    "a wrong one is named with the setting that is wrong",
    arguments: [
      ("mail.example.com", nil, false, "SMTP_URL"), ("http://mail.example.com", nil, false, "SMTP_URL"),
      ("smtp://mail.example.com:0", nil, false, "SMTP_URL"), ("smtp://mail.example.com:70000", nil, false, "SMTP_URL"),
      ("smtp://", nil, false, "SMTP_URL"), ("smtp://a b", nil, false, "SMTP_URL"),
      ("smtp://x%0d@host", "p", false, "SMTP_URL"), ("smtp://x%4@host", "p", false, "SMTP_URL"),
      ("smtp://user@host", nil, false, "SMTP_PASSWORD"), ("smtp://host", "p", false, "SMTP_PASSWORD"),
      ("smtp://user@host", "p", true, "SMTP_TLS"),
    ] as [(String, String?, Bool, String)])
  func wrongServer(url: String, password: String?, isClear: Bool, setting: String) {
    let error = #expect(throws: MailServer.Problem.self) {
      try MailServer(url: url, password: password, isClear: isClear, authoritiesFile: nil)
    }
    #expect(error?.setting == setting)
  }
}
