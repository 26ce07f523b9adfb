package import HTTPTransport

/// A program's settings, checked against their declarations.
///
/// To ask for a setting that was not declared, or as another type than declared, is a mistake in the program and stops
/// it; whatever a person has set has been checked before.
package struct Settings: Sendable {
  /// Where a value comes from, the strongest first.
  enum Origin: Sendable, Equatable {
    case flag
    case environment
    case file(String)
    case builtIn
  }

  struct Entry: Sendable {
    let setting: Setting
    var value: SettingValue?
    var origin: Origin
  }

  private let entries: [String: Entry]

  init(_ entries: [String: Entry]) { self.entries = entries }

  /// A text, or a choice.
  package func string(_ name: String) -> String { required(name, optionalString(name)) }

  package func optionalString(_ name: String) -> String? {
    guard let value = entry(name).value else { return nil }
    guard case .text(let text) = value else { mismatch(name) }
    return text
  }

  package func int(_ name: String) -> Int {
    guard case .integer(let number) = entry(name).value else { mismatch(name) }
    return number
  }

  package func bool(_ name: String) -> Bool {
    guard case .boolean(let flag) = entry(name).value else { mismatch(name) }
    return flag
  }

  package func duration(_ name: String) -> Duration {
    guard case .duration(let duration) = entry(name).value else { mismatch(name) }
    return duration
  }

  package func secret(_ name: String) -> SecretText { required(name, optionalSecret(name)) }

  package func optionalSecret(_ name: String) -> SecretText? { optionalString(name).map { SecretText($0) } }

  /// Empty when it is unset.
  package func list(_ name: String) -> [String] {
    guard let value = entry(name).value else { return [] }
    guard case .list(let items) = value else { mismatch(name) }
    return items
  }

  /// Where to listen.
  package func address(_ name: String) -> HTTPServerConfiguration.Address {
    guard case .listen(let address) = entry(name).value else { mismatch(name) }
    return address
  }

  /// Whether it was declared.
  package func isDeclared(_ name: String) -> Bool { entries[name] != nil }

  /// Whether a person set it, rather than its default being in effect.
  package func isSet(_ name: String) -> Bool { entry(name).origin != .builtIn }

  func origin(_ name: String) -> Origin { entry(name).origin }

  private func entry(_ name: String) -> Entry {
    guard let entry = entries[name] else { preconditionFailure("setting \(name) is not declared") }
    return entry
  }

  private func required<Value>(_ name: String, _ value: Value?) -> Value {
    guard let value else { preconditionFailure("setting \(name) has no value: ask for it as an optional one") }
    return value
  }

  private func mismatch(_ name: String) -> Never {
    preconditionFailure("setting \(name) is declared with another type")
  }
}
