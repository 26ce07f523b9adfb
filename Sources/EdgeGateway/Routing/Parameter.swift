/// What is known of a parameter without its type: for the check of names and for the OpenAPI document.
package struct ParameterDeclaration: Sendable {
  package enum Place: String, Sendable { case path, query, header }

  /// Its JSON schema.
  package enum Schema: Sendable {
    case integer(ClosedRange<Int>)
    /// A positive 64-bit id, a string of digits.
    case id
    case boolean
    case choice([String])
    case text(length: ClosedRange<Int>, pattern: String?)
    case dateTime
    /// A decimal amount in a currency's units.
    case amount
  }

  package let name: String
  package let place: Place
  package let isRequired: Bool
  package let schema: Schema
  package let help: String
  /// "expected …", for problems.
  package let expected: String
  /// A value that it takes, as it is written.
  package var example: String?
  let accepts: @Sendable (String) -> Bool
}

/// A typed parameter of a route: declared once, read by handlers, described in the OpenAPI document.
package struct Parameter<Value: Sendable>: Sendable {
  package private(set) var declaration: ParameterDeclaration
  let parse: @Sendable (String) -> Value?

  init(
    _ name: String, in place: ParameterDeclaration.Place, isRequired: Bool, _ schema: ParameterDeclaration.Schema,
    _ help: String, expected: String, parse: @escaping @Sendable (String) -> Value?
  ) {
    declaration = ParameterDeclaration(
      name: name, place: place, isRequired: isRequired, schema: schema, help: help, expected: "expected \(expected)",
      accepts: { parse($0) != nil })
    self.parse = parse
  }

  /// With a value that it takes, for the document.
  func example(_ text: String) -> Parameter {
    var parameter = self
    parameter.declaration.example = text
    return parameter
  }
}

extension Parameter where Value == Int64 {
  static func id(_ name: String, in place: ParameterDeclaration.Place, _ help: String) -> Parameter {
    Parameter(
      name, in: place, isRequired: place == .path, .id, help, expected: "a positive whole number",
      parse: { text in
        // As ids are written: one has one spelling, and one place in a cache.
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.utf8.first != 0x30 else { return nil }
        return Int64(text)
      }
    ).example("1")
  }
}

extension Parameter where Value == Int {
  static func integer(_ name: String, _ range: ClosedRange<Int>, _ help: String) -> Parameter {
    Parameter(
      name, in: .query, isRequired: false, .integer(range), help,
      expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
      parse: { text in
        // Int takes a plus sign, which JSON does not.
        guard text.utf8.count <= 19, text.utf8.first != UInt8(ascii: "+"), let number = Int(text),
          range.contains(number)
        else { return nil }
        return number
      })
  }
}

extension Parameter where Value == Bool {
  static func boolean(_ name: String, _ help: String) -> Parameter {
    Parameter(
      name, in: .query, isRequired: false, .boolean, help, expected: "true or false",
      parse: { $0 == "true" ? true : $0 == "false" ? false : nil })
  }
}

extension Parameter where Value == String {
  /// - Parameters:
  ///   - length: in Unicode's code points, as JSON schemas count.
  ///   - pattern: which ASCII characters it may hold, for the document.
  static func text(
    _ name: String, in place: ParameterDeclaration.Place = .query, isRequired: Bool = false, length: ClosedRange<Int>,
    pattern: String? = nil, _ help: String, isAllowed: @escaping @Sendable (UInt8) -> Bool = { _ in true }
  ) -> Parameter {
    let form = pattern.map { " of the form \($0)" } ?? ""
    return Parameter(
      name, in: place, isRequired: isRequired || place == .path, .text(length: length, pattern: pattern), help,
      expected: "\(length.lowerBound) to \(length.upperBound) characters\(form)",
      parse: { text in
        guard text.utf8.count <= length.upperBound * 4, length.contains(text.unicodeScalars.count),
          text.utf8.allSatisfy(isAllowed),
          // Unicode's category Cc, without a look into its tables.
          !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
        else { return nil }
        return text
      })
  }
}

extension Parameter {
  /// One of some words, each with what it stands for.
  static func choice(_ name: String, _ choices: [(String, Value)], _ help: String) -> Parameter {
    let words = choices.map(\.0)
    return Parameter(
      name, in: .query, isRequired: false, .choice(words), help, expected: "one of \(words.joined(separator: ", "))",
      parse: { text in choices.first { $0.0 == text }?.1 })
  }
}
