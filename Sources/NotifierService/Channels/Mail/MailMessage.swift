internal import Sodium

/// A mail as it goes on the wire: fields, a text, and the same as HTML (RFC 5322, RFC 2046 §5.1.4).
///
/// Nothing that comes from outside ends a line: addresses are dot-atoms, other fields are encoded, bodies are
/// quoted-printable.
struct MailMessage: Sendable {
  var from: MailSenderName
  var to: MailAddress
  var content: MailContent
  /// The same for every attempt, so that a mailbox can tell a repeat.
  var key: String
  var date: UnixTime
  /// How a reader who is tired of such mails ends them (RFC 2369 §3.2); nil for those that come by themselves.
  var unsubscribe: Unsubscribe?

  /// A web address that takes a POST, where there is one, and mail to whom it is from.
  struct Unsubscribe: Sendable {
    var channel: Int64
    var link: String?
  }

  /// All of it in CRLF lines of at most 998 characters of ASCII.
  var bytes: [UInt8] {
    let id = String(Hexadecimal.text(SHA256.hash(Array(key.utf8))).prefix(32))
    // No quoted-printable text holds this (RFC 2045 §6.7).
    let boundary = "=_\(id)"
    var fields = [
      "From: " + MailHeaderText.encode(quoted(from.name), after: 6) + "\r\n <\(from.address.text)>",
      "To: <\(to.text)>",
      "Subject: " + MailHeaderText.encode(content.subject, after: 9),
      "Date: " + date.mailDate,
      "Message-ID: <\(id)@\(from.address.domain)>",
      // Nobody wants to hear of absences (RFC 3834 §5).
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"",
    ]
    if let unsubscribe { fields += unsubscribeFields(unsubscribe) }
    func part(_ type: String, _ text: String) -> String {
      "--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + QuotedPrintable.encode(text) + "\r\n"
    }
    let text =
      fields.joined(separator: "\r\n") + "\r\n\r\n" + part("text/plain", content.text + "\n")
      + part("text/html", MailHTML.document(content.html)) + "--\(boundary)--\r\n"
    return Array(text.utf8)
  }

  private func unsubscribeFields(_ way: Unsubscribe) -> [String] {
    let mail = "<mailto:\(from.address.text)?subject=unsubscribe%20\(way.channel)>"
    guard let link = way.link else { return ["List-Unsubscribe: " + mail] }
    let field = "List-Unsubscribe: <\(link)>,\r\n \(mail)"
    // One click is for https only (RFC 8058 §3.1).
    return link.hasPrefix("https://") ? [field, "List-Unsubscribe-Post: List-Unsubscribe=One-Click"] : [field]
  }

  /// A name with anything but letters, digits and blanks is a quoted string (RFC 5322 §3.2.4), or an encoded word.
  private func quoted(_ name: String) -> String {
    let isPlain = name.unicodeScalars.allSatisfy { scalar in
      scalar == " " || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
    guard !isPlain, name.utf8.allSatisfy({ $0 < 0x80 }) else { return name }
    return "\"" + name.filter { $0 != "\"" && $0 != "\\" } + "\""
  }
}

extension UnixTime {
  /// `Tue, 24 Nov 2026 09:00:00 +0000` (RFC 5322 §3.3).
  var mailDate: String {
    let day = seconds.floorDivided(by: 86_400)
    let date = CivilDate(day: day)
    let rest = seconds - day * 86_400
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return "\(weekdays[Int(day.floorRemainder(by: 7))]), \(date.day) \(months[Int(date.month) - 1]) \(date.year) "
      + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) +0000"
  }
}
