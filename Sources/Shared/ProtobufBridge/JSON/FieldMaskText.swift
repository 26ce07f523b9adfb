/// The paths of a `google.protobuf.FieldMask`: snake_case in the message, lowerCamelCase in JSON.
enum FieldMaskText {
  /// The JSON form of a path, or nil if reading it back would give another path.
  static func json(_ path: String) -> String? {
    let text = lowerCamelCase(path)
    return proto(text) == path ? text : nil
  }

  /// The path that a JSON form stands for, or nil if it is not lowerCamelCase.
  static func proto(_ text: some StringProtocol) -> String? {
    var path = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "0"..."9", ".": path.unicodeScalars.append(scalar)
      case "A"..."Z": path += "_" + String(scalar).lowercased()
      default: return nil
      }
    }
    return path.isEmpty ? nil : path
  }
}
