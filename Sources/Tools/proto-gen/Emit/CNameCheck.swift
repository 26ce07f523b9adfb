/// Refuses what protobuf-c's C cannot hold: names that become equal there, or that C or protobuf-c itself uses. Without
/// it a C compiler complains about generated files, or, worse, does not.
struct CNameCheck {
  let files: [ProtoFile]

  /// - Throws: `GenerationError` naming the declaration and what to do.
  func check() throws(GenerationError) {
    var types: [String: String] = [:]
    for file in files {
      for message in file.messages { try check(message, &types) }
      for enumeration in file.enums { try note(enumeration.fullName, &types) }
    }
  }

  private func check(_ message: ProtoMessage, _ types: inout [String: String]) throws(GenerationError) {
    try note(message.fullName, &types)
    try checkMembers(of: message)
    for nested in message.messages { try check(nested, &types) }
    for enumeration in message.enums { try note(enumeration.fullName, &types) }
  }

  /// Types of all files share one scope in C, where only letters and double underscores tell them apart.
  private func note(_ fullName: String, _ types: inout [String: String]) throws(GenerationError) {
    for name in [CNames.type(fullName), CNames.lower(fullName)] {
      if let other = types.updateValue(fullName, forKey: name), other != fullName {
        throw GenerationError("\(fullName) and \(other) have the same name in C, \(name); rename one of them")
      }
    }
  }

  private func checkMembers(of message: ProtoMessage) throws(GenerationError) {
    // The member, and whose it is.
    var members = ["base": "what every struct of protobuf-c begins with"]
    func add(_ member: String, _ owner: String) throws(GenerationError) {
      if let other = members.updateValue(owner, forKey: member) {
        throw GenerationError(
          "\(message.fullName): \(owner) would be the member \"\(member)\" in C, but so is \(other); rename it")
      }
    }
    for field in message.fields {
      let member = CNames.member(field.name)
      if Self.reserved.contains(member) {
        throw GenerationError(
          "\(message.fullName): field \"\(field.name)\" cannot be a member in C, where \"\(member)\" is taken; rename it"
        )
      }
      try add(member, "field \"\(field.name)\"")
      if field.isRepeated { try add("n_" + member, "the count of field \"\(field.name)\"") }
    }
    for oneof in message.oneofs { try add(CNames.member(oneof.name) + "_case", "the case of oneof \"\(oneof.name)\"") }
  }

  /// Keywords of C that are none of C++'s, to which protoc-c adds an underscore, and macros that compilers define.
  private static let reserved: Set<String> = ["restrict", "typeof", "linux", "unix"]
}
