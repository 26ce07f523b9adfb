internal import HTTPTransport
internal import MeshRPC

/// One setting of a program, declared once: its name, its type and range, its default, what it is for.
///
/// The name is that of the environment variable, `DATABASE_URL`; the flag follows from it, `--database-url`.
package struct Setting: Sendable {
  package enum Kind: Sendable {
    /// A text of at most so many bytes.
    case text(maximumBytes: Int)
    case choice([String])
    case integer(ClosedRange<Int>)
    case boolean
    case duration(ClosedRange<Duration>)
    /// Texts separated by semicolons or line breaks, at most so many.
    case list(maximumCount: Int)
    /// Where to listen.
    case listen
    /// Where another service is (`MeshRPC.Target`).
    case target
  }

  package let name: String
  package let kind: Kind
  /// As it would be written; nil leaves the setting unset.
  package let defaultText: String?
  package let isRequired: Bool
  /// Never shown, and may be read from the file that `NAME_FILE` names.
  package let isSecret: Bool
  /// A sentence or two for people.
  package let help: String

  /// - Parameters:
  ///   - name: `A-Z`, `0-9` and `_`.
  ///   - defaultText: must be a text that the kind accepts.
  package init(
    _ name: String, _ kind: Kind, defaultText: String? = nil, isRequired: Bool = false, isSecret: Bool = false,
    help: String
  ) {
    self.name = name
    self.kind = kind
    self.defaultText = defaultText
    self.isRequired = isRequired
    self.isSecret = isSecret
    self.help = help
  }

  package static func string(
    _ name: String, default value: String? = nil, isRequired: Bool = false, maximumBytes: Int = 4096, help: String
  ) -> Setting {
    Setting(name, .text(maximumBytes: maximumBytes), defaultText: value, isRequired: isRequired, help: help)
  }

  package static func choice(_ name: String, of choices: [String], default value: String, help: String) -> Setting {
    Setting(name, .choice(choices), defaultText: value, help: help)
  }

  package static func integer(
    _ name: String, default value: Int, in range: ClosedRange<Int>, help: String
  ) -> Setting {
    Setting(name, .integer(range), defaultText: String(value), help: help)
  }

  package static func boolean(_ name: String, default value: Bool, help: String) -> Setting {
    Setting(name, .boolean, defaultText: value ? "true" : "false", help: help)
  }

  package static func duration(
    _ name: String, default value: Duration, in range: ClosedRange<Duration>, help: String
  ) -> Setting {
    Setting(name, .duration(range), defaultText: DurationText.format(value), help: help)
  }

  package static func secret(_ name: String, isRequired: Bool = false, help: String) -> Setting {
    Setting(name, .text(maximumBytes: 64 << 10), isRequired: isRequired, isSecret: true, help: help)
  }

  package static func list(
    _ name: String, isSecret: Bool = false, maximumCount: Int = 256, help: String
  ) -> Setting {
    Setting(name, .list(maximumCount: maximumCount), isSecret: isSecret, help: help)
  }

  /// Where another service is: `CATALOG_ADDRESS`.
  package static func target(_ name: String, default value: String, help: String) -> Setting {
    Setting(name, .target, defaultText: value, help: help)
  }

  /// `--database-url`
  package var flag: String { "--" + String(name.map { $0 == "_" ? "-" : Character($0.lowercased()) }) }

  /// What is accepted, as the end of "expected …".
  var expectation: String {
    switch kind {
    case .text(let count): "a text of at most \(count) bytes"
    case .choice(let choices): "one of " + choices.joined(separator: ", ")
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: "true or false"
    case .duration(let range):
      "a duration from \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound)), "
        + "such as 250ms, 30s, 5m, 2h, 1d"
    case .list(let count): "at most \(count) texts separated by semicolons"
    case .listen: "HOST:PORT, :PORT or unix:/path"
    case .target: "HOST:PORT, or static:HOST:PORT,HOST:PORT, or unix:/path"
    }
  }

  /// The value that a text stands for; nil when the text is not what is expected.
  func value(of text: String) -> SettingValue? {
    switch kind {
    case .text(let count): return text.utf8.count <= count && !text.utf8.contains(0) ? .text(text) : nil
    case .choice(let choices): return choices.contains(text) ? .text(text) : nil
    case .integer(let range):
      guard let number = Int(text), range.contains(number) else { return nil }
      return .integer(number)
    case .boolean:
      switch text.lowercased() {
      case "true", "on", "yes", "1": return .boolean(true)
      case "false", "off", "no", "0": return .boolean(false)
      default: return nil
      }
    case .duration(let range):
      guard let duration = DurationText.parse(text), range.contains(duration) else { return nil }
      return .duration(duration)
    case .list(let count):
      let items = text.split { $0 == ";" || $0.isNewline }.map { Self.trimmed($0) }.filter { !$0.isEmpty }
      return items.count <= count && !text.utf8.contains(0) ? .list(items) : nil
    case .listen: return ListenAddressText.parse(text).map { .listen($0) }
    case .target: return (try? Target(text)) == nil ? nil : .text(text)
    }
  }
}

extension Setting {
  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// What a setting's text stands for.
enum SettingValue: Sendable, Equatable {
  case text(String)
  case integer(Int)
  case boolean(Bool)
  case duration(Duration)
  case list([String])
  case listen(HTTPServerConfiguration.Address)
}
