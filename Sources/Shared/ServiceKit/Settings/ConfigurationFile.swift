/// A file of `NAME=VALUE` lines. Empty lines and lines that begin with `#` are skipped; blanks around name and value
/// are cut off, and so is one pair of quotes around the value.
enum ConfigurationFile {
  /// The lines' values by name.
  ///
  /// - Throws: `SettingsError` `.configuration`, naming the file and line; values are never repeated.
  static func parse(_ text: String, path: String) throws(SettingsError) -> [String: (value: String, line: Int)] {
    var values: [String: (value: String, line: Int)] = [:]
    for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let line = trimmed(raw)
      if line.isEmpty || line.hasPrefix("#") { continue }
      guard let equals = line.firstIndex(of: "=") else {
        throw SettingsError(.configuration, "\(path):\(index + 1): expected NAME=VALUE")
      }
      let name = String(trimmed(line[..<equals]))
      guard !name.isEmpty, name.utf8.allSatisfy(isNameByte) else {
        throw SettingsError(.configuration, "\(path):\(index + 1): expected NAME=VALUE with a name of A-Z, 0-9 and _")
      }
      let value = unquoted(trimmed(line[line.index(after: equals)...]))
      guard values.updateValue((value, index + 1), forKey: name) == nil else {
        throw SettingsError(.configuration, "\(path):\(index + 1): \(name) is set twice")
      }
    }
    return values
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }

  private static func unquoted(_ text: Substring) -> String {
    guard text.count >= 2, let first = text.first, first == "\"" || first == "'", text.last == first else {
      return String(text)
    }
    return String(text.dropFirst().dropLast())
  }
}
