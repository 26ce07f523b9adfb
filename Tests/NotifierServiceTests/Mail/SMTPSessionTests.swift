import Testing

@testable import NotifierService

@Suite("An exchange with a mail server, line by line")
struct SMTPSessionTests {
  private func server(_ url: String, password: String? = nil, isClear: Bool = false) throws -> MailServer {
    try MailServer(url: url, password: password, isClear: isClear, authoritiesFile: nil)
  }

  private func mail(_ text: String = "Subject: x\r\n\r\nhello\r\n") throws -> SMTPSession.Mail {
    SMTPSession.Mail(
      from: try #require(MailAddress("radar@example.com")), to: try #require(MailAddress("ayse@example.org")),
      message: Array(text.utf8))
  }

  private static func line(_ text: String) -> SMTPSession.Step { .send(Array((text + "\r\n").utf8)) }

  private static func reply(_ text: String) throws -> SMTPReply {
    var reader = SMTPReplyReader()
    reader.feed((text + "\r\n").utf8)
    return try #require(try reader.next())
  }

  /// A session in clear text that is ready.
  private func ready(_ extensions: String = "250 relay") throws -> SMTPSession {
    var session = SMTPSession(try server("smtp://relay:25", isClear: true), name: "example.com")
    #expect(try session.receive(Self.reply("220 relay ESMTP")) == Self.line("EHLO example.com"))
    #expect(try session.receive(Self.reply(extensions)) == .ready)
    return session
  }

  @Test("a mail goes through, and the next one over the same connection")
  func accepted() throws {
    var session = try ready()
    for _ in 0..<2 {
      #expect(session.isReady)
      #expect(session.begin(try mail()) == Self.line("MAIL FROM:<radar@example.com>"))
      #expect(session.isUntouched && !session.isReady)
      #expect(try session.receive(Self.reply("250 ok")) == Self.line("RCPT TO:<ayse@example.org>"))
      #expect(!session.isUntouched)
      #expect(try session.receive(Self.reply("250 ok")) == Self.line("DATA"))
      #expect(
        try session.receive(Self.reply("354 go")) == .send(Array("Subject: x\r\n\r\nhello\r\n.\r\n".utf8)))
      #expect(try session.receive(Self.reply("250 queued")) == .finished(.accepted))
    }
    #expect(session.quit() == Self.line("QUIT") && !session.isReady)
  }

  @Test(
    "a refusal's number tells whether to come back",
    arguments: [
      (1, "550 5.7.1 not you", SendOutcome.failed("the mail server does not take the sender: 550 5.7.1 not you")),
      (2, "451 4.7.1 greylisted", .failed("the mail server does not take the recipient: 451 4.7.1 greylisted")),
      (
        2, "550 5.1.1 <ayse@example.org>: nobody",
        .refused("the mail server does not take the recipient: 550 5.1.1 <…>: nobody")
      ),
      (2, "550 5.1.1 nobody", .refused("the mail server does not take the recipient: 550 5.1.1 nobody")),
      (3, "554 no", .refused("the mail server does not take the mail: 554 no")),
      (4, "452 full", .failed("the mail server does not take the mail: 452 full")),
      (4, "554 spam", .refused("the mail server does not take the mail: 554 spam")),
    ])
  func refused(step: Int, text: String, outcome: SendOutcome) throws {
    var session = try ready()
    _ = session.begin(try mail())
    for good in ["250 ok", "250 ok", "354 go"].prefix(step - 1) { _ = try session.receive(Self.reply(good)) }
    #expect(try session.receive(Self.reply(text)) == Self.line("RSET"))
    #expect(session.verdict == outcome)
    #expect(try session.receive(Self.reply("250 ok")) == .finished(outcome))
    #expect(session.isReady)
  }

  @Test("a server that closes has given its verdict, and is asked nothing more")
  func closing() throws {
    var session = try ready()
    _ = session.begin(try mail())
    let step = try session.receive(Self.reply("421 4.3.2 shutting down"))
    #expect(step == .finished(.failed("the mail server does not take the sender: 421 4.3.2 shutting down")))
    #expect(!session.isReady)
    var idle = try ready()
    #expect(throws: SMTPFailure.self) { try idle.receive(Self.reply("421 idle too long")) }
  }

  @Test("STARTTLS comes before anything else, and what was offered before it does not count")
  func startTLS() throws {
    var session = SMTPSession(try server("smtp://u@relay", password: "p"), name: "example.com")
    _ = try session.receive(Self.reply("220 hi"))
    #expect(
      try session.receive(Self.reply("250-relay\r\n250-AUTH LOGIN PLAIN\r\n250 STARTTLS")) == Self.line("STARTTLS"))
    #expect(try session.receive(Self.reply("220 go")) == .upgrade)
    #expect(session.upgraded() == Self.line("EHLO example.com"))
    // u NUL p, by: printf '\0u\0p' | base64
    #expect(try session.receive(Self.reply("250-relay\r\n250 AUTH PLAIN LOGIN")) == Self.line("AUTH PLAIN AHUAcA=="))
    #expect(try session.receive(Self.reply("235 ok")) == .ready)
  }

  @Test("without STARTTLS nothing is told to a server that has to offer it")
  func stripped() throws {
    var session = SMTPSession(try server("smtp://u@relay", password: "p"), name: "example.com")
    _ = try session.receive(Self.reply("220 hi"))
    #expect(throws: SMTPFailure.self) { try session.receive(Self.reply("250-relay\r\n250 AUTH PLAIN")) }
    var refusing = SMTPSession(try server("smtp://relay"), name: "example.com")
    _ = try refusing.receive(Self.reply("220 hi"))
    _ = try refusing.receive(Self.reply("250-relay\r\n250 STARTTLS"))
    #expect(throws: SMTPFailure.self) { try refusing.receive(Self.reply("454 not now")) }
  }

  @Test("AUTH LOGIN answers what it is asked, and a wrong password says so without the password")
  func login() throws {
    var session = SMTPSession(try server("smtps://u@relay", password: "secret"), name: "example.com")
    _ = try session.receive(Self.reply("220 hi"))
    #expect(try session.receive(Self.reply("250-relay\r\n250 AUTH LOGIN")) == Self.line("AUTH LOGIN"))
    #expect(try session.receive(Self.reply("334 VXNlcm5hbWU6")) == Self.line("dQ=="))
    #expect(try session.receive(Self.reply("334 UGFzc3dvcmQ6")) == Self.line("c2VjcmV0"))
    let error = #expect(throws: SMTPFailure.self) { try session.receive(Self.reply("535 wrong: secret")) }
    #expect(error?.message == "the mail server does not take SMTP_PASSWORD (535)")
    var none = SMTPSession(try server("smtps://u@relay", password: "secret"), name: "example.com")
    _ = try none.receive(Self.reply("220 hi"))
    #expect(throws: SMTPFailure.self) { try none.receive(Self.reply("250-relay\r\n250 AUTH CRAM-MD5")) }
  }

  @Test("a mail beyond the server's size is not begun")
  func size() throws {
    var session = try ready("250-relay\r\n250 SIZE 10")
    #expect(session.begin(try mail()) == .finished(.refused("the mail is larger than the mail server takes")))
    #expect(session.isReady)
  }

  @Test(
    "no text ends the mail early, whatever its lines end in",
    arguments: [
      ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"), (".x\r\n..y", "..x\r\n...y\r\n.\r\n"),
      ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"), ("a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"),
      ("a\r\n.\nQUIT\n", "a\r\n..\r\nQUIT\r\n.\r\n"), ("a\r\r\n.\r\n", "a\r\n\r\n..\r\n.\r\n"), ("", ".\r\n"),
    ])
  func dots(text: String, sent: String) {
    #expect(String(decoding: SMTPSession.content(of: Array(text.utf8)), as: UTF8.self) == sent)
  }

  @Test("a connection is given up after fifty mails")
  func worn() throws {
    var session = try ready()
    for number in 1...50 {
      _ = session.begin(try mail())
      for text in ["250 ok", "250 ok", "354 go", "250 ok"] { _ = try session.receive(Self.reply(text)) }
      #expect(session.isReady == (number < 50))
    }
  }
}

@Suite("Replies of a mail server")
struct SMTPReplyTests {
  private func replies(_ text: String, by size: Int = 1000) throws -> [SMTPReply] {
    var reader = SMTPReplyReader()
    var replies: [SMTPReply] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      reader.feed(rest.prefix(size))
      rest = rest.dropFirst(size)
      while let reply = try reader.next() { replies.append(reply) }
    }
    #expect(reader.isEmpty)
    return replies
  }

  @Test("lines become replies, in whatever pieces they come", arguments: [1, 2, 7, 1000])
  func pieces(size: Int) throws {
    let replies = try replies("220 hi\r\n250-a\r\n250-b c\r\n250 d\r\n354\r\n", by: size)
    #expect(replies.map(\.code) == [220, 250, 354])
    #expect(replies.map(\.lines) == [["hi"], ["a", "b c", "d"], [""]])
  }

  @Test(
    "what is no reply, or has no end, is an error",
    arguments: [
      "hello\r\n", "25\r\n", "250_x\r\n", "999 x\r\n", "100 x\r\n", "\r\n", "250-a\r\n550 b\r\n",
      String(repeating: "x", count: 5000), "250 " + String(repeating: "x", count: 5000) + "\r\n",
      String(repeating: "250-x\r\n", count: 100),
    ])
  func wrong(text: String) { #expect(throws: SMTPFailure.self) { try replies(text) } }

  @Test("its text for people is one tame line")
  func text() throws {
    #expect(try replies("550-5.1.1 no\u{1b}[31m\r\n550 such user\r\n")[0].text == "550 5.1.1 no [31m such user")
    #expect(try replies("250 " + String(repeating: "ş", count: 900) + "\r\n")[0].text.unicodeScalars.count <= 210)
  }
}
