/// Parameters as the document has them.
enum ParameterSchema {
  static func parameter(_ parameter: ParameterDeclaration) -> JSONTree {
    let described: JSONTree = [
      "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
      "required": .bool(parameter.isRequired), "description": .string(parameter.help),
      "schema": schema(parameter.schema),
    ]
    guard let example = parameter.example else { return described }
    if case .integer = parameter.schema, let number = Int(example) {
      return described.with("example", .integer(number))
    }
    if case .boolean = parameter.schema { return described.with("example", .bool(example == "true")) }
    return described.with("example", .string(example))
  }

  private static func schema(_ schema: ParameterDeclaration.Schema) -> JSONTree {
    switch schema {
    case .integer(let range):
      return ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
    case .id: return ["type": "string", "format": "int64", "pattern": "^[1-9][0-9]{0,18}$"]
    case .boolean: return ["type": "boolean"]
    case .choice(let words): return ["type": "string", "enum": .strings(words)]
    case .text(let length, let pattern):
      let characters = pattern.map { "[\($0.replacing(" ", with: ""))]" } ?? "[^\\u0000-\\u001f\\u007f-\\u009f]"
      return [
        "type": "string", "minLength": .integer(length.lowerBound), "maxLength": .integer(length.upperBound),
        "pattern": .string("^\(characters)*$"),
      ]
    case .dateTime: return ["type": "string", "format": "date-time"]
    case .amount: return ["type": "string", "maxLength": 20, "pattern": "^[0-9]+(\\.[0-9]+)?$"]
    }
  }

  /// The kind of value in words, for people.
  static func words(_ schema: ParameterDeclaration.Schema) -> String {
    switch schema {
    case .integer(let range): "number, \(range.lowerBound) to \(range.upperBound)"
    case .id: "id"
    case .boolean: "true or false"
    case .choice(let words): words.joined(separator: ", ")
    case .text(let length, _): "text, up to \(length.upperBound) characters"
    case .dateTime: "time (RFC 3339)"
    case .amount: "decimal amount"
    }
  }
}
