/// Why a page's bytes give no document.
struct HTMLError: Error, Sendable, Hashable, CustomStringConvertible {
  struct Code: Hashable, Sendable {
    private let name: String
    private init(_ name: String) { self.name = name }

    /// More bytes, elements or nesting than the limits allow.
    static let tooLarge = Code("too large")
    /// Nothing that could be called a document.
    static let empty = Code("empty")
    /// An XPath or CSS expression that cannot be evaluated.
    static let badSelector = Code("bad selector")
    /// libxml2 got no memory.
    static let noMemory = Code("no memory")
  }

  let code: Code
  /// For a person; holds nothing of the page.
  let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
