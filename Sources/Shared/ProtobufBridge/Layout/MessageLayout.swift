internal import CProtobufC

/// What is known of a message type at run time: its fields, their places in the C struct, their names.
///
/// Made once for each type by `LayoutTable`, and kept for the life of the process, as the C descriptors are.
@usableFromInline
package final class MessageLayout: @unchecked Sendable {
  /// The full proto name, as in `google.protobuf.Timestamp`.
  package let fullName: String

  /// Whether this is the entry of a map: key (field 1) and value (field 2).
  package let isMapEntry: Bool

  /// The fields, by rising number.
  package private(set) var fields: [FieldLayout] = []

  /// Which JSON form this type has, if not the ordinary one.
  let wellKnown: WellKnownType?

  /// The size of the C struct in bytes.
  let structSize: Int

  let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// JSON and proto names, to indices of `fields`.
  private(set) var fieldByName = NameTable([])

  /// The indices of the fields of each oneof have the same quantifier offset; this many oneofs exist.
  private(set) var plan: UnsafePointer<WirePlan>

  // Written by `LayoutTable` before anyone else sees the object, never after: layouts may be cyclic, so they are
  // made in two steps. This is what `@unchecked Sendable` rests on.
  init(descriptor: UnsafePointer<ProtobufCMessageDescriptor>, isMapEntry: Bool, plan: UnsafePointer<WirePlan>) {
    self.descriptor = descriptor
    self.isMapEntry = isMapEntry
    self.plan = plan
    fullName = String(cString: descriptor.pointee.name)
    structSize = descriptor.pointee.sizeof_message
    wellKnown = WellKnownType(rawValue: fullName)
  }

  func complete(fields: [FieldLayout]) {
    self.fields = fields
    let byJSONName = fields.enumerated().map { ($1.jsonName, $0) }
    let byName = fields.enumerated().map { ($1.name, $0) }
    fieldByName = NameTable(byJSONName + byName)
  }

  /// The field with this number, or nil.
  package func field(_ number: UInt32) -> FieldLayout? {
    guard let index = plan.pointee.index(of: number) else { return nil }
    return fields[index]
  }
}
