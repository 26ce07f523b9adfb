internal import CProtobufC

/// One message type as the generator describes it: protobuf-c's descriptor and what that leaves out.
package struct LayoutSource: @unchecked Sendable {
  let descriptor: UnsafeRawPointer
  let isMapEntry: Bool
  let jsonNames: [UInt32: String]

  /// - Parameters:
  ///   - descriptor: Address of a `ProtobufCMessageDescriptor` that lives as long as the process.
  ///   - isMapEntry: Whether the type is the entry of a map.
  ///   - jsonNames: JSON names by field number, where they differ from the name in lowerCamelCase.
  package init(_ descriptor: UnsafeRawPointer, isMapEntry: Bool = false, jsonNames: [UInt32: String] = [:]) {
    self.descriptor = descriptor
    self.isMapEntry = isMapEntry
    self.jsonNames = jsonNames
  }
}

/// The layouts of a module's messages, made together because messages may refer to each other in circles.
@usableFromInline
package struct LayoutTable: Sendable {
  @usableFromInline let layouts: [MessageLayout]
  private let byName: [String: MessageLayout]

  package init(_ sources: [LayoutSource]) {
    var builder = LayoutBuilder()
    let layouts = sources.map { builder.add($0) }
    builder.complete()
    self.layouts = layouts
    byName = Dictionary(layouts.map { ($0.fullName, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The layout made from the source at this place.
  @inlinable
  package subscript(index: Int) -> MessageLayout { layouts[index] }

  /// The layout of a type by its full proto name.
  package subscript(fullName: String) -> MessageLayout? { byName[fullName] }
}

/// Walks descriptors and makes layouts in two steps: all objects first, then their fields.
private struct LayoutBuilder {
  private var made: [UnsafeRawPointer: (layout: MessageLayout, plan: UnsafeMutablePointer<WirePlan>)] = [:]
  private var pending: [(LayoutSource, MessageLayout, UnsafeMutablePointer<WirePlan>)] = []

  mutating func add(_ source: LayoutSource) -> MessageLayout {
    if let known = made[source.descriptor] { return known.layout }
    let descriptor = source.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
    let plan = UnsafeMutablePointer<WirePlan>.allocate(capacity: 1)
    let layout = MessageLayout(descriptor: descriptor, isMapEntry: source.isMapEntry, plan: plan)
    made[source.descriptor] = (layout, plan)
    pending.append((source, layout, plan))
    return layout
  }

  mutating func complete() {
    var next = 0
    while next < pending.count {
      let (source, layout, plan) = pending[next]
      next += 1
      let count = Int(layout.descriptor.pointee.n_fields)
      let fields = (0..<count).compactMap { field(layout.descriptor.pointee.fields[$0], jsonNames: source.jsonNames) }
      layout.complete(fields: fields)
      fill(plan, layout: layout)
    }
  }

  private mutating func field(
    _ descriptor: ProtobufCFieldDescriptor, jsonNames: [UInt32: String]
  ) -> FieldLayout? {
    guard let kind = FieldKind(descriptor.type) else { return nil }
    let name = String(cString: descriptor.name)
    let isOneof = descriptor.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0
    let cardinality: FieldLayout.Cardinality =
      switch descriptor.label {
      case PROTOBUF_C_LABEL_REPEATED: .repeated
      case _ where isOneof: .oneof
      case PROTOBUF_C_LABEL_REQUIRED: .required
      case PROTOBUF_C_LABEL_OPTIONAL: .explicit
      default: .implicit
      }
    return FieldLayout(
      number: descriptor.id,
      name: name,
      jsonName: jsonNames[descriptor.id] ?? lowerCamelCase(name),
      kind: kind,
      cardinality: cardinality,
      isPacked: descriptor.flags & UInt32(PROTOBUF_C_FIELD_FLAG_PACKED.rawValue) != 0,
      offset: Int(descriptor.offset),
      quantifierOffset: Int(descriptor.quantifier_offset),
      message: kind == .message ? descriptor.descriptor.map { add(LayoutSource($0)) } : nil,
      enumeration: kind == .enum ? descriptor.descriptor.map(EnumLayout.init(descriptor:)) : nil,
      jsonKey: preparedKey(jsonNames[descriptor.id] ?? lowerCamelCase(name)),
      protoKey: preparedKey(name))
  }

  private func preparedKey(_ name: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.name(name)
    return writer.bytes
  }

  private func fill(_ plan: UnsafeMutablePointer<WirePlan>, layout: MessageLayout) {
    let fields = UnsafeMutablePointer<WireField>.allocate(capacity: max(1, layout.fields.count))
    let dense = UnsafeMutablePointer<UInt16>.allocate(capacity: Int(WirePlan.denseLimit))
    dense.initialize(repeating: 0, count: Int(WirePlan.denseLimit))
    var mergeBit: UInt64 = 1
    for (index, field) in layout.fields.enumerated() {
      let isSingularMessage = field.kind == .message && field.cardinality != .repeated
      let child = field.message.map { $0.plan }
      (fields + index).initialize(
        to: WireField(
          number: field.number, wireType: field.kind.wireType.rawValue, kind: field.kind,
          isRepeated: field.cardinality == .repeated, mergeBit: isSingularMessage ? mergeBit : 0, child: child))
      if isSingularMessage { mergeBit &<<= 1 }
      if field.number < WirePlan.denseLimit { dense[Int(field.number)] = UInt16(index + 1) }
    }
    plan.initialize(
      to: WirePlan(
        fields: fields, count: layout.fields.count, dense: dense, structSize: layout.structSize, layout: layout))
  }
}

extension EnumLayout {
  fileprivate convenience init(descriptor raw: UnsafeRawPointer) {
    let descriptor = raw.assumingMemoryBound(to: ProtobufCEnumDescriptor.self).pointee
    let values = (0..<Int(descriptor.n_values)).map { descriptor.values[$0] }
    self.init(
      fullName: String(cString: descriptor.name),
      nameByNumber: Dictionary(
        values.map { (Int32($0.value), String(cString: $0.name)) }, uniquingKeysWith: { first, _ in first }),
      // `values` has one name for each number; aliases are in the list by name only.
      numberByName: NameTable(
        (0..<Int(descriptor.n_value_names)).map {
          let alias = descriptor.values_by_name[$0]
          return (String(cString: alias.name), Int(values[Int(alias.index)].value))
        }),
      numbers: values.map { Int32($0.value) })
  }
}

/// A proto name as JSON has it by default: underscores dropped, the letter behind each in upper case
/// (proto3 language guide, "JSON Mapping").
func lowerCamelCase(_ name: String) -> String {
  var result = ""
  var raise = false
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
