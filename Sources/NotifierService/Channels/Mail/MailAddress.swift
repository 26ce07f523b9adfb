/// An e-mail address that can stand in a command and in a field as it is: a dot-atom, an @, and a domain name
/// (RFC 5321 §4.1.2). Quoted names, addresses in brackets and letters outside ASCII are not taken.
struct MailAddress: Hashable, Sendable {
  let local: String
  /// In lower case.
  let domain: String

  static let expectation = "expected an e-mail address such as name@example.com, in ASCII, at most 254 characters"

  init?(_ text: String) {
    guard text.utf8.count <= 254 else { return nil }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, Self.isLocal(parts[0]), Self.isDomain(parts[1]) else { return nil }
    local = String(parts[0])
    domain = parts[1].lowercased()
  }

  var text: String { local + "@" + domain }

  private static func isLocal(_ text: Substring) -> Bool {
    guard (1...64).contains(text.utf8.count) else { return false }
    let atoms = text.split(separator: ".", omittingEmptySubsequences: false)
    return atoms.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { isAlphanumeric($0) || marks.contains($0) } }
  }

  /// What an atom may hold besides letters and digits (RFC 5322 §3.2.3).
  private static let marks = Set("!#$%&'*+-/=?^_`{|}~".utf8)

  private static func isDomain(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, let last = labels.last, !last.utf8.allSatisfy(isDigit) else { return false }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}

/// Whom mail is from: an address, and the name that people see.
struct MailSenderName: Hashable, Sendable {
  var name: String
  var address: MailAddress

  /// `radar@example.com` or `Fiyatradari <radar@example.com>`.
  init?(_ text: String) {
    guard let bracket = text.firstIndex(of: "<") else {
      guard let address = MailAddress(text) else { return nil }
      self.address = address
      name = "Fiyatradari"
      return
    }
    guard text.last == ">", let address = MailAddress(String(text[text.index(after: bracket)...].dropLast())) else {
      return nil
    }
    self.address = address
    var name = text[..<bracket]
    while name.last == " " { name.removeLast() }
    guard !name.isEmpty, name.utf8.count <= 100 else { return nil }
    self.name = String(name)
  }
}
