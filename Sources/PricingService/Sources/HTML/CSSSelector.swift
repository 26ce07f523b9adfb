/// A part of CSS selectors, enough to point at a price: types, `*`, `.class`, `#id`, `[attribute]` with `=`, `~=`,
/// `^=`, `$=`, `*=`, `:first-child`, `:nth-child(N)`, descendants, `>`, `+`, and lists.
enum CSSSelector {
  /// The same selection as XPath.
  ///
  /// - Throws: `.badSelector` that says what is not understood.
  static func xpath(_ css: String) throws(HTMLError) -> XPathExpression {
    guard css.utf8.count <= 512 else { throw HTMLError(.badSelector, "expected a CSS selector of at most 512 bytes") }
    var parser = Parser(characters: Array(css))
    return try XPathExpression(try parser.list())
  }

  private struct Parser {
    let characters: [Character]
    var index = 0

    var current: Character? { index < characters.count ? characters[index] : nil }

    mutating func list() throws(HTMLError) -> String {
      var paths = [try complex()]
      while current == "," {
        index += 1
        paths.append(try complex())
      }
      guard current == nil else { throw unexpected() }
      return paths.joined(separator: " | ")
    }

    mutating func complex() throws(HTMLError) -> String {
      skipSpaces()
      var path = "//" + (try compound())
      while true {
        let hadSpace = skipSpaces()
        switch current {
        case nil, ",": return path
        case ">":
          index += 1
          skipSpaces()
          path += "/" + (try compound())
        case "+":
          index += 1
          skipSpaces()
          path += "/following-sibling::*[1]/self::" + (try compound())
        default:
          guard hadSpace else { throw unexpected() }
          path += "//" + (try compound())
        }
      }
    }

    mutating func compound() throws(HTMLError) -> String {
      var element = "*"
      var tests = ""
      let start = index
      if current == "*" {
        index += 1
      } else if let first = current, Self.isName(first) {
        element = try name().lowercased()
      }
      while let character = current {
        switch character {
        case ".":
          index += 1
          tests += "[contains(concat(' ', normalize-space(@class), ' '), \(try literal(" " + name() + " ")))]"
        case "#":
          index += 1
          tests += "[@id = \(try literal(name()))]"
        case "[": tests += try attribute()
        case ":": tests += try pseudo()
        default:
          guard index > start else { throw unexpected() }
          return element + tests
        }
      }
      guard index > start else { throw unexpected() }
      return element + tests
    }

    mutating func attribute() throws(HTMLError) -> String {
      index += 1
      skipSpaces()
      let attribute = "@" + (try name().lowercased())
      skipSpaces()
      if current == "]" {
        index += 1
        return "[\(attribute)]"
      }
      var kind: Character = "="
      if let character = current, "~^$*".contains(character) {
        kind = character
        index += 1
      }
      guard current == "=" else { throw unexpected() }
      index += 1
      skipSpaces()
      let value = try value()
      skipSpaces()
      guard current == "]" else { throw unexpected() }
      index += 1
      let text = try literal(value)
      switch kind {
      case "~": return "[contains(concat(' ', normalize-space(\(attribute)), ' '), \(try literal(" " + value + " ")))]"
      case "^": return "[starts-with(\(attribute), \(text))]"
      case "*": return "[contains(\(attribute), \(text))]"
      case "$":
        return "[substring(\(attribute), string-length(\(attribute)) - \(value.unicodeScalars.count - 1)) = \(text)]"
      default: return "[\(attribute) = \(text)]"
      }
    }

    mutating func value() throws(HTMLError) -> String {
      guard let quote = current, quote == "\"" || quote == "'" else { return try name() }
      index += 1
      let start = index
      while let character = current, character != quote {
        _ = character
        index += 1
      }
      guard current == quote else { throw HTMLError(.badSelector, "a quote is not closed") }
      let value = String(characters[start..<index])
      index += 1
      guard !value.isEmpty else { throw HTMLError(.badSelector, "an attribute's value is empty") }
      return value
    }

    mutating func pseudo() throws(HTMLError) -> String {
      index += 1
      let name = try name().lowercased()
      if name == "first-child" { return "[not(preceding-sibling::*)]" }
      if name == "last-child" { return "[not(following-sibling::*)]" }
      guard name == "nth-child", current == "(" else {
        throw HTMLError(.badSelector, "\":\(name)\" is not supported; write XPath instead")
      }
      index += 1
      let start = index
      while let character = current, character.isASCII, character.isNumber { index += 1 }
      guard let number = Int(String(characters[start..<index])), (1...10_000).contains(number), current == ")" else {
        throw HTMLError(.badSelector, "expected :nth-child(N) with N from 1")
      }
      index += 1
      return "[count(preceding-sibling::*) = \(number - 1)]"
    }

    mutating func name() throws(HTMLError) -> String {
      let start = index
      while let character = current, Self.isName(character) { index += 1 }
      guard index > start else { throw unexpected() }
      return String(characters[start..<index])
    }

    static func isName(_ character: Character) -> Bool {
      character.isLetter || character.isNumber || character == "-" || character == "_"
    }

    @discardableResult
    mutating func skipSpaces() -> Bool {
      let start = index
      while let character = current, character.isWhitespace { index += 1 }
      return index > start
    }

    func unexpected() -> HTMLError {
      HTMLError(.badSelector, "the CSS selector is not understood at character \(index + 1)")
    }

    /// XPath 1.0 has no escapes: a text with both kinds of quotes cannot be written.
    func literal(_ text: String) throws(HTMLError) -> String {
      if !text.contains("'") { return "'\(text)'" }
      guard !text.contains("\"") else { throw HTMLError(.badSelector, "a value holds both kinds of quotes") }
      return "\"\(text)\""
    }
  }
}
