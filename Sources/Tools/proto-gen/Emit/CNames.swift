/// The names that protoc-c gives: a C compiler checks that these agree with its output.
enum CNames {
  /// The struct of a message: `grpc.health.v1.HealthCheckRequest` is `Grpc__Health__V1__HealthCheckRequest`.
  static func type(_ fullName: String) -> String {
    fullName.split(separator: ".").map { camelCase(String($0)) }.joined(separator: "__")
  }

  /// The prefix of a message's functions and of its descriptor: `grpc__health__v1__health_check_request`.
  static func lower(_ fullName: String) -> String {
    fullName.split(separator: ".").map { snakeCase(String($0)) }.joined(separator: "__")
  }

  /// The member for a field: lower case, with an underscore behind C++'s keywords.
  static func member(_ field: String) -> String {
    let name = field.lowercased()
    return keywords.contains(name) ? name + "_" : name
  }

  private static func camelCase(_ name: String) -> String {
    var result = ""
    var raise = true
    for character in name {
      if character == "_" {
        raise = true
      } else {
        result += raise ? character.uppercased() : String(character)
        raise = false
      }
    }
    return result
  }

  private static func snakeCase(_ name: String) -> String {
    var result = ""
    var wasUpper = true
    for character in name {
      if character.isUppercase, !wasUpper { result += "_" }
      wasUpper = character.isUppercase
      result += character.lowercased()
    }
    return result
  }

  private static let keywords: Set<String> = Set(
    """
    and and_eq asm auto bitand bitor bool break case catch char class compl const const_cast continue default delete \
    do double dynamic_cast else enum explicit extern false float for friend goto if inline int long mutable namespace \
    new not not_eq operator or or_eq private protected public register reinterpret_cast return short signed sizeof \
    static static_cast struct switch template this throw true try typedef typeid typename union unsigned using \
    virtual void volatile wchar_t while xor xor_eq
    """.split(separator: " ").map(String.init))
}
