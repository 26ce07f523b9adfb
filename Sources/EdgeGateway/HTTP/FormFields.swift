internal import HTTPTransport
internal import HTTPTypes
internal import NIOCore

/// What a form sent (application/x-www-form-urlencoded, URL standard §5.1): the fields that its route takes, and no others.
package struct FormFields: Sendable, Equatable {
  static let maximumBytes = 16 << 10
  static let maximumCount = 200
  /// The field that shows that a form is one of our own.
  static let csrf = "csrf"

  private var values: [String: [String]] = [:]

  package init() {}

  /// - Parameters:
  ///   - once: fields that may be given once.
  ///   - many: fields that may be given any number of times.
  /// - Throws: `Problem` 400 that names the field which is malformed, unknown or given twice.
  init(_ body: some Sequence<UInt8>, once: [String], many: [String] = []) throws {
    guard let text = String(validating: body, as: UTF8.self), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw Problem(.badRequest, .invalidBody, "the form is not percent-encoded")
    }
    var count = 0
    for part in text.split(separator: "&") {
      count += 1
      guard count <= Self.maximumCount else {
        throw Problem(.badRequest, .invalidBody, "the form has more than \(Self.maximumCount) fields")
      }
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(pair[0], plusIsSpace: true), !name.isEmpty else {
        throw Problem(.badRequest, .invalidBody, "the form has a field whose name is not percent-encoded UTF-8")
      }
      let shown = QueryItems.shown(name)
      guard name == Self.csrf || once.contains(name) || many.contains(name) else {
        throw Problem(.badRequest, .invalidBody, "\(shown): unknown field", field: shown)
      }
      guard let value = PercentEncoding.decode(pair.count == 2 ? pair[1] : "", plusIsSpace: true) else {
        throw Problem(.badRequest, .invalidBody, "\(shown): is not percent-encoded UTF-8", field: shown)
      }
      guard values[name] == nil || many.contains(name) else {
        throw Problem(.badRequest, .invalidBody, "\(shown): is given twice", field: shown)
      }
      values[name, default: []].append(value)
    }
  }

  /// - Throws: `Problem` 400 that names the field which is unknown or given twice.
  init(_ fields: [(name: String, value: String)], once: [String]) throws {
    for field in fields {
      let shown = QueryItems.shown(field.name)
      guard field.name == Self.csrf || once.contains(field.name) else {
        throw Problem(.badRequest, .invalidBody, "\(shown): unknown field", field: shown)
      }
      guard values.updateValue([field.value], forKey: field.name) == nil else {
        throw Problem(.badRequest, .invalidBody, "\(shown): is given twice", field: shown)
      }
    }
  }

  /// The text of a field as it was typed; empty where it was left empty or not sent.
  package subscript(_ name: String) -> String { values[name]?.first ?? "" }

  /// Without blanks around it, as people type them without seeing them. Not for passwords.
  package func trimmed(_ name: String) -> String {
    let text = self[name]
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
  }

  /// Whether a box was ticked.
  package func isOn(_ name: String) -> Bool { values[name] != nil }

  /// All values of a field, in order.
  package func all(_ name: String) -> [String] { values[name] ?? [] }
}
