/// A proto3 enum: any number is a value, known ones have names (proto3 language guide, "Enumerations").
@usableFromInline
package protocol OpenEnum: Sendable, Hashable, RawRepresentable, CustomStringConvertible where RawValue == Int32 {
  init(rawValue: Int32)
  /// The name in the proto file, or nil where this number has none.
  var name: String? { get }
}

extension OpenEnum {
  /// The name, or the number where it has none.
  package var description: String { name ?? String(rawValue) }
}
