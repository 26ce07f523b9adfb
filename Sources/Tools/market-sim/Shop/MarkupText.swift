/// Text made safe for where it goes.
enum MarkupText {
  static func html(_ text: String) -> String {
    var safe = ""
    for character in text {
      switch character {
      case "&": safe += "&amp;"
      case "<": safe += "&lt;"
      case ">": safe += "&gt;"
      case "\"": safe += "&quot;"
      default: safe.append(character)
      }
    }
    return safe
  }

  /// With its quotes. `<` is escaped too, for JSON stands in scripts.
  static func json(_ text: String) -> String {
    var safe = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": safe += "\\\""
      case "\\": safe += "\\\\"
      case "<": safe += "\\u003c"
      default:
        if scalar.value < 0x20 {
          let digits = String(scalar.value, radix: 16)
          safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          safe.unicodeScalars.append(scalar)
        }
      }
    }
    return safe + "\""
  }

  /// Windows-1254: what Turkish shops wrote before UTF-8. Characters that it lacks become `?`.
  static func windows1254(_ text: String) -> [UInt8] {
    let turkish: [Unicode.Scalar: UInt8] = ["Ğ": 0xd0, "İ": 0xdd, "Ş": 0xde, "ğ": 0xf0, "ı": 0xfd, "ş": 0xfe]
    return text.unicodeScalars.map { scalar in
      if let byte = turkish[scalar] { return byte }
      let isLatin = scalar.value < 0x80 || (0xa0...0xff).contains(scalar.value)
      let isReplaced = [0xd0, 0xdd, 0xde, 0xf0, 0xfd, 0xfe].contains(scalar.value)
      return isLatin && !isReplaced ? UInt8(scalar.value) : UInt8(ascii: "?")
    }
  }
}
