internal import HTTPTypes

/// Which members of a body a client may set.
enum BodyFields {
  /// - Throws: `Problem` 400 that names the first member which is not among `allowed`, by either of its names.
  @discardableResult
  static func check(_ body: [UInt8], allowed: [String]) throws -> [String] {
    let names = try GatewayJSON.memberNames(body)
    for name in names where !allowed.contains(name) && !allowed.contains(where: { protoName($0) == name }) {
      let shown = QueryItems.shown(name)
      throw Problem(
        .badRequest, .invalidBody, "\(shown): cannot be set here; there are \(allowed.joined(separator: ", "))",
        field: shown)
    }
    return names.map { name in allowed.first { $0 == name || protoName($0) == name } ?? name }
  }

  /// The members that a body of changes names.
  ///
  /// - Throws: `Problem` 400 as `check`, and for a body that names none.
  static func named(_ body: [UInt8], allowed: [String]) throws -> [String] {
    let names = try check(body, allowed: allowed)
    guard !names.isEmpty else { throw Problem(.badRequest, .invalidBody, "the body names nothing to change") }
    return names
  }

  /// `channelIds` is `channel_ids` in the contract; JSON may use either name.
  static func protoName(_ jsonName: String) -> String {
    var result = ""
    for character in jsonName {
      if character.isUppercase {
        result += "_" + character.lowercased()
      } else {
        result.append(character)
      }
    }
    return result
  }
}
