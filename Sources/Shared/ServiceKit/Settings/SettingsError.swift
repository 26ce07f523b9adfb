/// Why a program cannot start with the settings it was given.
package struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where the fault lies.
  package struct Code: Hashable, Sendable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The command line: an unknown flag, a flag without its value, a wrong value.
    package static let usage = Code("usage")
    /// The environment, the file, or a setting that is missing.
    package static let configuration = Code("configuration")
  }

  package let code: Code
  /// One line that names the setting, where it was read, and what was expected. Never a secret.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
