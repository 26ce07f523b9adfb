/// A place on our own pages that a request names, to go on there: never one of another site.
struct LocalPath: Sendable, Equatable {
  static let maximumBytes = 500

  let text: String

  /// Nil for what could lead elsewhere: a browser takes `//host` and `/\host` for addresses of hosts, and drops tabs and
  /// line ends (URL standard §4.4).
  init?(_ text: String) {
    guard text.utf8.count <= Self.maximumBytes, text.utf8.first == UInt8(ascii: "/"),
      text.utf8.dropFirst().first != UInt8(ascii: "/"),
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") })
    else { return nil }
    self.text = text
  }

  static let parameter = Parameter<LocalPath>(
    "next", in: .query, isRequired: false, .text(length: 1...maximumBytes, pattern: nil), "Where to go on.",
    expected: "a path of this site", parse: { LocalPath($0) })
}
