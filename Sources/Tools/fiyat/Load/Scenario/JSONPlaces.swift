import ProtobufBridge

/// Finds texts in JSON by the names on the way to them: `products.id` is the `id` of each object in `products`.
enum JSONPlaces {
  /// Strings and numbers at the place, in order, each once, at most `limit`; lists on the way are looked through.
  ///
  /// - Throws: `JSONTextError` for what is no JSON.
  static func texts(in json: [UInt8], at place: String, limit: Int) throws(JSONTextError) -> [String] {
    let names = place.split(separator: ".").map(String.init)
    var found: [String] = []
    var seen: Set<String> = []
    try JSONReader.read(json) { (reader) throws(ProtobufError) in
      try collect(&reader, names[...]) { text in
        if found.count < limit, !text.isEmpty, seen.insert(text).inserted { found.append(text) }
      }
    }
    return found
  }

  private static func collect(
    _ reader: inout JSONReader, _ names: ArraySlice<String>, _ take: (String) -> Void
  ) throws(ProtobufError) {
    switch try reader.peek() {
    case .array: try reader.array { (reader, _) throws(ProtobufError) in try collect(&reader, names, take) }
    case .object:
      try reader.object { (reader, name) throws(ProtobufError) in
        if name == names.first {
          try collect(&reader, names.dropFirst(), take)
        } else {
          try reader.skip()
        }
      }
    case .string where names.isEmpty: take(try reader.string())
    case .number where names.isEmpty: take(try reader.number())
    default: try reader.skip()
    }
  }
}
