import Testing

@testable import NotifierService

@Suite("Mails as they go on the wire")
struct MailMessageTests {
  private func lines(
    _ content: MailContent, name: String = "Fiyatradari", unsubscribe: MailMessage.Unsubscribe? = .init(channel: 5)
  ) throws -> [String] {
    var from = try #require(MailSenderName("radar@example.com"))
    from.name = name
    let message = MailMessage(
      from: from, to: try #require(MailAddress("ayse@example.org")), content: content, key: "a12-e7.8-c5",
      date: UnixTime(seconds: 1_763_974_800), unsubscribe: unsubscribe)
    let text = String(decoding: message.bytes, as: UTF8.self)
    #expect(text.hasSuffix("\r\n"))
    return text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("a mail has its fields, a text, and the same as HTML")
  func whole() throws {
    let lines = try lines(MailContent(subject: "Fiyat düştü", .line("1.299,00 TL → 999,00 TL")))
    let message = try #require(lines.first { $0.hasPrefix("Message-ID: <") })
    #expect(message.hasSuffix("@example.com>") && message.count == "Message-ID: <@example.com>".count + 32)
    #expect(lines.contains("From: Fiyatradari") && lines.contains(" <radar@example.com>"))
    #expect(lines.contains("To: <ayse@example.org>"))
    #expect(lines.contains("Subject: =?UTF-8?B?Rml5YXQgZMO8xZ90w7w=?="))
    #expect(lines.contains("Date: Mon, 24 Nov 2025 09:00:00 +0000"))
    #expect(lines.contains("Auto-Submitted: auto-generated"))
    #expect(lines.contains("List-Unsubscribe: <mailto:radar@example.com?subject=unsubscribe%205>"))
    #expect(lines.contains("Content-Type: text/plain; charset=utf-8"))
    #expect(lines.contains("1.299,00 TL =E2=86=92 999,00 TL"))
    #expect(lines.contains("<p>1.299,00 TL =E2=86=92 999,00 TL</p>"))
    let boundary = try #require(lines.first { $0.hasPrefix(" boundary=") }?.split(separator: "\"")[1])
    #expect(lines.filter { $0 == "--\(boundary)" }.count == 2 && lines.filter { $0 == "--\(boundary)--" }.count == 1)
  }

  @Test("mails to owners of accounts are no list")
  func noList() throws {
    let lines = try lines(
      AccountMailMessage.verifyAddress.content(.english, link: "https://x.test/v"), unsubscribe: nil)
    #expect(!lines.contains { $0.hasPrefix("List-Unsubscribe") })
    #expect(lines.contains("Confirm my address: https://x.test/v"))
  }

  @Test("a link ends mails with one click where it is https, with a page elsewhere")
  func unsubscribe() throws {
    for (scheme, isOneClick) in [("https", true), ("http", false)] {
      let link = "\(scheme)://radar.test/unsubscribe?token=5-ab"
      let lines = try lines(
        MailContent(subject: "x", .line("y")), unsubscribe: .init(channel: 5, link: link))
      let index = try #require(lines.firstIndex(of: "List-Unsubscribe: <\(link)>,"))
      #expect(lines[index + 1] == " <mailto:radar@example.com?subject=unsubscribe%205>")
      #expect(lines.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click") == isOneClick)
    }
  }

  @Test(
    "no text makes a field of its own, and every line is short and ASCII",
    arguments: [
      "x\r\nBcc: victim@example.com", "x\nBcc: victim@example.com", "x\rBcc: victim@example.com",
      "x\u{2028}Bcc: victim@example.com", "=?UTF-8?Q?x=0D=0ABcc:_victim@example.com?=", "\u{0}\u{202E}abc",
      String(repeating: "ğ", count: 5000), String(repeating: "a", count: 5000), ".", "\r\n.\r\nMAIL FROM:<x@y.z>\r\n",
      "👨‍👩‍👧‍👦 ailesi için %50", "",
    ])
  func hostile(text: String) throws {
    let lines = try lines(MailContent(subject: text, .line(text)), name: text)
    let end = try #require(lines.firstIndex(of: ""))
    let names = lines[..<end].filter { !$0.hasPrefix(" ") }.compactMap { $0.split(separator: ":").first }
    #expect(
      names == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "List-Unsubscribe",
      ])
    for line in lines {
      #expect(line.utf8.count <= 98 && line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 9 }, "\(line)")
    }
  }

  @Test("an encoded word never cuts a letter in two")
  func words() throws {
    let subject = String(repeating: "şğüİı", count: 20)
    let encoded = MailHeaderText.encode(subject, after: 9)
    for word in encoded.split(separator: "\r\n ") {
      #expect(word.count <= 75 && word.hasPrefix("=?UTF-8?B?") && word.hasSuffix("?="))
    }
    #expect(encoded.split(separator: "\r\n ")[0].count <= 67)
    #expect(MailHeaderText.encode("Price fell", after: 9) == "Price fell")
  }

  @Test(
    "quoted-printable keeps every text, in lines of at most 76 characters",
    arguments: [
      ("a=b", "a=3Db"), ("Fiyat: 5\u{a0}TL", "Fiyat: 5=C2=A0TL"), ("x \ny\t\nz ", "x=20\r\ny=09\r\nz=20"),
      ("a\r\nb\rc", "a\r\nb=0Dc"),
      (String(repeating: "x", count: 80), String(repeating: "x", count: 75) + "=\r\nxxxxx"),
      ("", ""),
    ])
  func quotedPrintable(text: String, encoded: String) {
    #expect(QuotedPrintable.encode(text) == encoded)
  }

  @Test("what lies in the queue is read as it was written")
  func content() {
    let content = MailContent(
      subject: "a \"b\"\n", RichText(lines: [[.bold("<x>"), .link("aç", url: "https://x.test/?a=1&b=2")]]))
    #expect(MailContent(body: content.body) == content)
    #expect(content.html == "<b>&lt;x&gt;</b><a href=\"https://x.test/?a=1&amp;b=2\">aç</a>")
    for body in ["", "{}", "[]", "{\"subject\":\"x\",\"text\":\"y\"}"] { #expect(MailContent(body: body) == nil) }
    let plain = MailContent(queued: "a\n<b>")
    #expect(plain.text == "a\n<b>" && plain.html == "a<br>\n&lt;b&gt;" && plain.subject == "Fiyatradari")
    #expect(MailContent(queued: content.body) == content)
  }
}
