internal import HTTPTypes

extension HTTPFields {
  /// As the subscript has it, which costs much for what is not there, as most of what is asked for.
  func value(of name: HTTPField.Name) -> String? { contains(name) ? self[name] : nil }
}
