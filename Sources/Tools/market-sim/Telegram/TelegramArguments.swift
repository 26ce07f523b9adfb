internal import FoundationEssentials

/// What a call of the Bot API brings, from JSON, a form, or the query alike.
struct TelegramArguments: Sendable {
  private var values: [String: String] = [:]

  /// - Throws: for a body that says it is JSON and isn't.
  init(query: QueryText, contentType: String, body: [UInt8]) throws {
    values = query.values
    if contentType.hasPrefix("application/json"), !body.isEmpty {
      let fields = try JSONDecoder().decode([String: Field].self, from: Data(body))
      for (name, field) in fields { values[name] = field.text }
    } else if contentType.hasPrefix("application/x-www-form-urlencoded") {
      values.merge(QueryText(String(decoding: body, as: UTF8.self)).values) { _, form in form }
    }
  }

  subscript(_ name: String) -> String? { values[name] }

  func integer(_ name: String) -> Int64? { values[name].flatMap { Int64($0) } }

  /// A value as text; objects and lists are of no interest here.
  private struct Field: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      guard let value = try? decoder.singleValueContainer() else {
        text = ""
        return
      }
      if let string = try? value.decode(String.self) {
        text = string
      } else if let integer = try? value.decode(Int64.self) {
        text = String(integer)
      } else if let flag = try? value.decode(Bool.self) {
        text = flag ? "true" : "false"
      } else {
        text = ""
      }
    }
  }
}
