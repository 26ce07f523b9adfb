/// The text format of Prometheus (exposition format 0.0.4).
enum MetricText {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// A name as Prometheus takes it: `[a-zA-Z_:][a-zA-Z0-9_:]*`; what is not allowed becomes `_`.
  static func name(_ label: String) -> String {
    var result = ""
    for byte in label.utf8.prefix(200) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
        UInt8(ascii: ":"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if result.isEmpty { result = "_" }
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "_"
      }
    }
    return result.isEmpty ? "_" : result
  }

  /// `a="b",c="d"`, by name; values cut at 200 characters.
  static func labels(_ dimensions: [(String, String)]) -> String {
    dimensions.sorted { $0.0 < $1.0 }
      .map { "\(name($0.0).replacing(":", with: "_"))=\"\(escaped(String($0.1.prefix(200)), quotes: true))\"" }
      .joined(separator: ",")
  }

  static func sample(_ name: String, _ labels: String, _ value: String, to text: inout String) {
    text += name
    if !labels.isEmpty { text += "{\(labels)}" }
    text += " \(value)\n"
  }

  static func header(_ name: String, type: String, help: String?, to text: inout String) {
    if let help { text += "# HELP \(name) \(escaped(help, quotes: false))\n" }
    text += "# TYPE \(name) \(type)\n"
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return "\(value)"
  }

  static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
