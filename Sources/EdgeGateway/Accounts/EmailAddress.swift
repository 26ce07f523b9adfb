/// An e-mail address as people have them: the part of RFC 5321 §4.1.2 that mail servers really take.
package struct EmailAddress: Hashable, Sendable {
  /// As it was given.
  package let text: String
  /// In small letters: one person, one account.
  package var key: String { text.lowercased() }

  static let maximumBytes = 254
  static let expectation = "expected an e-mail address such as ayse@example.com"

  /// Nil for what is no address: ASCII only, a dot-atom and a domain of two labels or more.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.maximumBytes else { return nil }
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count), Self.isDotAtom(parts[0]), Self.isDomain(parts[1]) else {
      return nil
    }
    self.text = text
  }

  private static func isDotAtom(_ part: Substring.UTF8View) -> Bool {
    part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
      !atom.isEmpty && atom.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
    }
  }

  private static func isDomain(_ part: Substring.UTF8View) -> Bool {
    let labels = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.count >= 2, let last = labels.last, last.contains(where: { !isDigit($0) }) else { return false }
    return labels.allSatisfy { label in
      (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
