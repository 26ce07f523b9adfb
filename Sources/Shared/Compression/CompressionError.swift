/// Why bytes could not be compressed or decompressed. No content stands in it.
package struct CompressionError: Error, Sendable, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// The output would be over its limit, or the input is more than zlib takes at once.
    package static let tooLarge = Code("too large")
    /// The bytes are no compressed stream, or are cut short, or others follow them.
    package static let malformed = Code("malformed")
    /// zlib got no memory.
    package static let noMemory = Code("no memory")
  }

  package let code: Code
  /// What is wrong with "a compressed message".
  package let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
