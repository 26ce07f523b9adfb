import MeshMessages
import OutboundHTTP

/// The rules of single fields. Each throws an `InvalidField` that names the field as the contract does.
enum FieldRules {
  /// The most attributes, and the most characters of their names and values.
  static let maximumAttributes = 64
  static let attributeName = 1...100
  static let attributeValue = 0...2000

  /// Text without control characters, blanks around it taken away.
  static func text(_ text: String, _ field: String, _ length: ClosedRange<Int>) throws(InvalidField) -> String {
    guard text.utf8.count <= length.upperBound * 4 + 64 else { throw tooLong(field, length) }
    if isPlain(text) {
      guard length.contains(text.utf8.count) else { throw tooLong(field, length) }
      return text
    }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw InvalidField(field, "text without control characters")
    }
    let start = text.drop { $0.isWhitespace }
    let end = start.lastIndex { !$0.isWhitespace }
    let trimmed = end.map { String(start[...$0]) } ?? ""
    guard length.contains(trimmed.count) else { throw tooLong(field, length) }
    return trimmed
  }

  /// Whether each byte is a character with nothing to take away: what asks Unicode's tables takes longer than all the rest
  /// of a request's checks.
  private static func isPlain(_ text: String) -> Bool {
    let bytes = text.utf8
    return bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && bytes.first != 0x20 && bytes.last != 0x20
  }

  private static func tooLong(_ field: String, _ length: ClosedRange<Int>) -> InvalidField {
    InvalidField(field, "\(length.lowerBound) to \(length.upperBound) characters")
  }

  /// Empty, or an http(s) address; whether it may be called is decided where it is called.
  static func webAddress(_ text: String, _ field: String) throws(InvalidField) -> String {
    guard !text.isEmpty else { return "" }
    let lower = text.prefix(8).lowercased()
    let rest = lower.hasPrefix("https://") ? text.dropFirst(8) : lower.hasPrefix("http://") ? text.dropFirst(7) : ""
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    guard isPlain, text.utf8.count <= 2048, let first = rest.first, !"/?#@:".contains(first) else {
      throw InvalidField(field, "an http or https address of at most 2,048 characters")
    }
    return text
  }

  /// The address of a page that this mesh is to call: refused here when its text alone tells that it must not be called.
  /// Names that lead inside are refused by whoever calls them.
  static func page(_ url: String, _ pages: AddressPolicy) throws(InvalidField) {
    do {
      try pages.check(OutboundURL(url))
    } catch {
      throw InvalidField("url", "an http or https URL of a public address: \(error.message)")
    }
  }

  static func shop(_ text: String) throws(InvalidField) -> String {
    let isName = text.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
    }
    guard isName, (1...64).contains(text.utf8.count) else {
      throw InvalidField("shop", "1 to 64 of a-z, 0-9, '-', '_', '.'")
    }
    return text
  }

  static func currency(_ text: String) throws(InvalidField) -> String {
    guard text.utf8.count == 3, text.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else {
      throw InvalidField("currency", "an ISO 4217 code, such as TRY")
    }
    return text
  }

  /// Empty or a BCP 47 tag as far as its form goes.
  static func locale(_ text: String) throws(InvalidField) -> String {
    guard !text.isEmpty else { return "" }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let isTag = parts.allSatisfy { (1...8).contains($0.utf8.count) && $0.utf8.allSatisfy(isAlphanumeric) }
    guard isTag, text.utf8.count <= 35, (2...3).contains(parts[0].utf8.count) else {
      throw InvalidField("locale", "a BCP 47 tag, such as tr-TR")
    }
    return text
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  static func priority(_ value: CommonV1.PriorityClass) throws(InvalidField) -> Int16 {
    guard (0...3).contains(value.rawValue) else { throw InvalidField("priority", "HOT, NORMAL or COLD") }
    return Int16(value.rawValue)
  }

  static func attributes(_ named: [String: String]) throws(InvalidField) -> [ProductDraft.Attribute] {
    guard named.count <= maximumAttributes else {
      throw InvalidField("attributes", "at most \(maximumAttributes) names")
    }
    var result: [ProductDraft.Attribute] = []
    for (name, value) in named.sorted(by: { $0.key < $1.key }) {
      result.append(
        ProductDraft.Attribute(
          name: try text(name, "attributes", attributeName), value: try attributeText(value)))
    }
    return result
  }

  /// Values may have line breaks; other control characters become blanks, since nobody reads them.
  private static func attributeText(_ value: String) throws(InvalidField) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control && scalar != "\n"
      scalars.append(isControl ? " " : scalar)
    }
    guard scalars.count <= attributeValue.upperBound else {
      throw InvalidField("attributes", "values of at most \(attributeValue.upperBound) characters")
    }
    return String(scalars)
  }
}
