/// Why a secret cannot be sealed or opened. `description` holds no secret.
package struct SodiumError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    private init(_ description: String) { self.description = description }

    /// A key is not 32 bytes, or is not written as 64 hexadecimal digits.
    package static let invalidKey = Code("invalid key")
    /// What was sealed is damaged, belongs elsewhere, or none of the keys fits.
    package static let cannotOpen = Code("cannot open")
    /// The library does not work on this machine.
    package static let unavailable = Code("unavailable")
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "\(code): \(message)" }
}
