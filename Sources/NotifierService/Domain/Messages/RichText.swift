/// Lines of text with what every chat can show: bold and links.
struct RichText: Hashable, Sendable {
  var lines: [[Span]] = []

  enum Span: Hashable, Sendable {
    case plain(String)
    case bold(String)
    case link(String, url: String)
  }

  mutating func line(_ spans: Span...) { lines.append(spans) }

  /// A single line without markup.
  static func line(_ text: String) -> RichText { RichText(lines: [[.plain(text)]]) }

  /// For readers without markup, and for records. A link's address follows its text.
  var plainText: String {
    lines.map { line in
      line.map { span in
        switch span {
        case .plain(let text), .bold(let text): text
        case .link(let text, let url): text + ": " + url
        }
      }.joined()
    }.joined(separator: "\n")
  }
}

extension String {
  /// One line of at most `limit` scalars, without control characters or marks that turn the direction of writing: what
  /// a shop wrote cannot change the look of what stands around it.
  func tamed(limit: Int) -> String {
    var tamed = String.UnicodeScalarView()
    var count = 0
    for scalar in unicodeScalars {
      guard count < limit else {
        tamed.append("…")
        break
      }
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: tamed.append(" ")
      case .format where scalar != "\u{200D}": continue
      case .surrogate, .privateUse, .unassigned: continue
      default: tamed.append(scalar)
      }
      count += 1
    }
    return String(tamed)
  }

  /// Whether it can stand in a link: http or https, of bearable length, without spaces, quotes and control characters.
  var isWebAddress: Bool {
    guard hasPrefix("https://") || hasPrefix("http://"), utf8.count <= 2048 else { return false }
    return unicodeScalars.allSatisfy { scalar in
      scalar.value > 0x20 && scalar.value != 0x7F && !"\"<>\\^`{|}".unicodeScalars.contains(scalar)
        && !scalar.properties.isWhitespace
    }
  }
}
