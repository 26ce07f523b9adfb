/// Where one field of a message lies in its C struct, and how it is named. An object, for it is handed on for every
/// value that is read or written, and a struct of its size costs half a dozen reference counts each time.
package final class FieldLayout: Sendable {
  /// How many values a field holds, and how its presence is told.
  package enum Cardinality: Sendable, Hashable {
    /// One value; the default value counts as absent. A message is absent when its pointer is null.
    case implicit
    /// One value with a `has_` flag (proto2 only).
    case explicit
    /// One value that must be present (proto2 only).
    case required
    /// A member of a oneof; present when the oneof's case equals the field's number.
    case oneof
    /// Any number of values, a map's entries included.
    case repeated
  }

  /// The field number, 1 to 2^29 - 1.
  package let number: UInt32
  /// The name in the proto file.
  package let name: String
  /// The name in JSON: lowerCamelCase, or what the proto file's `json_name` says.
  package let jsonName: String
  package let kind: FieldKind
  package let cardinality: Cardinality
  /// Whether a repeated field's values are written in one length-delimited run.
  package let isPacked: Bool
  /// Byte offset of the value (or of the array's pointer) in the C struct.
  package let offset: Int
  /// Byte offset of the count, the `has_` flag, or the oneof's case; 0 where the field has none.
  package let quantifierOffset: Int
  /// The message's layout, for `kind == .message`.
  package let message: MessageLayout?
  /// The enum's names, for `kind == .enum`.
  package let enumeration: EnumLayout?

  /// The name in JSON with quotes and colon.
  let jsonKey: [UInt8]
  /// The proto name with quotes and colon.
  let protoKey: [UInt8]

  /// Whether this is a map: repeated entries of key and value.
  package let isMap: Bool
  /// Whether null is a value of the field's type in JSON rather than a word for "absent".
  let takesNull: Bool

  init(
    number: UInt32, name: String, jsonName: String, kind: FieldKind, cardinality: Cardinality, isPacked: Bool,
    offset: Int, quantifierOffset: Int, message: MessageLayout?, enumeration: EnumLayout?, jsonKey: [UInt8],
    protoKey: [UInt8]
  ) {
    self.number = number
    self.name = name
    self.jsonName = jsonName
    self.kind = kind
    self.cardinality = cardinality
    self.isPacked = isPacked
    self.offset = offset
    self.quantifierOffset = quantifierOffset
    self.message = message
    self.enumeration = enumeration
    self.jsonKey = jsonKey
    self.protoKey = protoKey
    isMap = cardinality == .repeated && message?.isMapEntry == true
    takesNull = message?.wellKnown == .value || enumeration?.isNullValue == true
  }
}

/// The names of an enum's values.
package final class EnumLayout: Sendable {
  /// The full proto name, as in `google.protobuf.NullValue`.
  package let fullName: String
  /// The name printed for a number: the first one declared, where aliases are allowed.
  let nameByNumber: [Int32: String]
  let numberByName: NameTable
  let numbers: [Int32]
  /// Whether this is `google.protobuf.NullValue`, which JSON writes as null.
  let isNullValue: Bool

  init(fullName: String, nameByNumber: [Int32: String], numberByName: NameTable, numbers: [Int32]) {
    self.fullName = fullName
    self.nameByNumber = nameByNumber
    self.numberByName = numberByName
    self.numbers = numbers
    isNullValue = fullName == "google.protobuf.NullValue"
  }

  /// The name of `number`, or nil where the enum has none (proto3 enums are open).
  package func name(of number: Int32) -> String? { nameByNumber[number] }
}
