import MeshMessages
import MeshRPC
import ProtobufBridge
import Testing

@testable import NotifierService

@Suite("Mails to owners of accounts")
struct AccountMailTests {
  let secrets: Secrets
  static let link = "https://fiyatradari.test/verify?token=s3cret"

  init() throws { secrets = try Secrets(hexadecimalKeys: [String(repeating: "ab", count: 32)]) }

  private func request(_ change: (inout NotifierV1.SendMailRequest) -> Void = { _ in }) -> NotifierV1.SendMailRequest {
    var request = NotifierV1.SendMailRequest(
      idempotencyKey: "k1", to: "ayse@Example.com", mail: .resetPassword, link: Self.link)
    change(&request)
    return request
  }

  @Test("the link is sealed, and nothing that is shown holds it")
  func sealed() throws {
    let delivery = try AccountMailRequest.delivery(request(), now: noon, secrets: secrets)
    #expect(!delivery.body.contains("s3cret") && !delivery.text.contains("s3cret"))
    #expect(delivery.text.contains("Yeni parola seç: ********"))
    #expect(delivery.address == "ayse@example.com" && delivery.subscriber == "mail:ayse@example.com")
    #expect(delivery.expires == noon + .days(1) && delivery.channel == 0 && delivery.purpose == .accountMail)
    let opened = try secrets.openMail(delivery.body, key: "k1", to: "ayse@example.com")
    let content = try #require(MailContent(body: opened))
    #expect(content.text.contains(Self.link) && content.html.contains("<a href=\"\(Self.link)\">"))
    #expect(throws: (any Error).self) { try secrets.openMail(delivery.body, key: "k1", to: "mallory@example.com") }
    #expect(throws: (any Error).self) { try secrets.openMail(delivery.body, key: "k2", to: "ayse@example.com") }
  }

  @Test("what is wrong is named, with what was expected")
  func fields() {
    let cases: [(String, (inout NotifierV1.SendMailRequest) -> Void)] = [
      ("idempotency_key", { $0.idempotencyKey = "" }),
      ("idempotency_key", { $0.idempotencyKey = String(repeating: "x", count: 101) }),
      ("to", { $0.to = "" }), ("to", { $0.to = "a@b.co\r\nBcc: x@y.z" }), ("mail", { $0.mail = .unspecified }),
      ("mail", { $0.mail = .init(rawValue: 99) }), ("link", { $0.link = "" }),
      ("link", { $0.link = "javascript:alert(1)" }),
      ("link", { $0.link = "https://x.test/" + String(repeating: "x", count: 2048) }),
      ("language", { $0.language = "de" }), ("expires_at", { $0.expiresAt = GoogleProtobuf.Timestamp(noon) }),
      ("expires_at", { $0.expiresAt = GoogleProtobuf.Timestamp(noon + .days(31)) }),
    ]
    for (field, change) in cases {
      let error = #expect(throws: RPCError.self) {
        try AccountMailRequest.delivery(request(change), now: noon, secrets: secrets)
      }
      #expect(error?.code == .invalidArgument && error?.message.hasPrefix(field + ":") == true, "\(field)")
    }
  }

  @Test("every mail has words of its own in both languages, and the link once", arguments: AccountMailMessage.allCases)
  func words(mail: AccountMailMessage) {
    let texts = Language.allCases.map { mail.content($0, link: Self.link) }
    #expect(Set(texts.map(\.subject)).count == 2)
    for text in texts {
      #expect(text.text.ranges(of: Self.link).count == 1 && text.subject.hasPrefix("Fiyatradari: "))
      #expect(text.text.split(separator: "\n").count == 3)
    }
  }
}
