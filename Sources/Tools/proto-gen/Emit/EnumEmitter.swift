/// Writes the open Swift struct of one enum.
struct EnumEmitter {
  let enumeration: ProtoEnum

  func emit(into source: inout SourceText) {
    let type = SwiftNames.type(enumeration.name)
    source.comment(enumeration.comment, fallback: "`\(enumeration.fullName)`.")
    source.block("package struct \(type): OpenEnum") { source in
      source.line("package var rawValue: Int32")
      source.line()
      source.line("@inlinable")
      source.line("package init(rawValue: Int32) { self.rawValue = rawValue }")
      let names = SwiftNames.values(of: enumeration)
      for (value, name) in zip(enumeration.values, names) {
        source.line()
        source.comment(value.comment, fallback: "`\(value.name)`, \(value.number).")
        source.line("@inlinable")
        source.line("package static var \(SwiftNames.quoted(name)): \(type) { \(type)(rawValue: \(value.number)) }")
      }
      source.line()
      source.line("/// The values that have a name, in the order of the proto file.")
      source.line("package static let named: [\(type)] = [")
      source.indented { source in
        for name in distinct(names) { source.line(".\(SwiftNames.quoted(name)),") }
      }
      source.line("]")
      source.line()
      source.block("package var name: String?") { source in
        source.line("switch rawValue {")
        var seen: Set<Int32> = []
        for value in enumeration.values where seen.insert(value.number).inserted {
          source.line("case \(value.number): \"\(value.name)\"")
        }
        source.line("default: nil")
        source.line("}")
      }
    }
  }

  /// The first name of each number.
  private func distinct(_ names: [String]) -> [String] {
    var seen: Set<Int32> = []
    return zip(enumeration.values, names).compactMap { seen.insert($0.number).inserted ? $1 : nil }
  }
}
