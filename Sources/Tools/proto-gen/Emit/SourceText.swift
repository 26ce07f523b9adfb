/// Source code under construction: lines with their indentation.
struct SourceText {
  private(set) var text = ""
  private var depth = 0

  /// One line at the present depth; an empty one has no blanks.
  mutating func line(_ line: String = "") {
    if !line.isEmpty { text += String(repeating: "  ", count: depth) + line }
    text += "\n"
  }

  /// `head {`, the lines of `body` one step deeper, `}`.
  mutating func block(_ head: String, tail: String = "}", _ body: (inout SourceText) throws -> Void) rethrows {
    line(head + " {")
    try indented(body)
    line(tail)
  }

  mutating func indented(_ body: (inout SourceText) throws -> Void) rethrows {
    depth += 1
    try body(&self)
    depth -= 1
  }

  /// A proto comment as a documentation comment; nothing for none.
  mutating func comment(_ comment: String, fallback: String = "") {
    var lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
      let line = line.first == " " ? line.dropFirst() : line[...]
      return line.trimmedEnd
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    while lines.first?.isEmpty == true { lines.removeFirst() }
    if lines.isEmpty, !fallback.isEmpty { lines = [Substring(fallback)] }
    for text in lines { line(text.isEmpty ? "///" : "/// \(text)") }
  }
}

extension Substring {
  fileprivate var trimmedEnd: Substring {
    var result = self
    while result.last?.isWhitespace == true { result.removeLast() }
    return result
  }
}
