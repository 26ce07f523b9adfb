/// Text made once and kept as long as its owner.
struct PlainText {
  var start: UnsafePointer<UInt8>
  var count: Int
}

/// How one field is written. Plain memory, as `WireField` is, for the same reason.
struct JSONField {
  enum Shape: UInt8 {
    case implicit, oneof, list, map
  }

  var kind: FieldKind
  var shape: Shape
  /// A bit for the oneof it belongs to, or 0.
  var oneof: UInt64
  /// Comma, name and colon.
  var name: PlainText
  /// The same with the default's form behind it; empty where an absent field is not written.
  var absent: PlainText
  var message: UnsafePointer<JSONPlan>?
  var enumeration: JSONEnumPlan
}

/// An enum's names in quotes; none where numbers are written.
struct JSONEnumPlan {
  var numbers: UnsafePointer<Int32>
  var names: UnsafePointer<PlainText>
  var count: Int

  @inline(__always)
  func name(of number: Int32) -> PlainText? {
    for index in 0..<count where numbers[index] == number { return names[index] }
    return nil
  }
}

/// How messages of one type are written.
struct JSONPlan {
  enum Form {
    /// An object of its fields.
    case object
    case timestamp
    /// The form at this place of those that are given.
    case given(Int)
    /// By `MessagePrinter` only.
    case other
  }

  var form: Form
  /// As many as the wire plan has, in the same order.
  var fields: UnsafePointer<JSONField>
  var count: Int
  var wire: UnsafePointer<WirePlan>
}

/// Makes plans for some options, and keeps them.
struct JSONPlanMaker: ~Copyable {
  private let options: JSONOptions
  private var made: [ObjectIdentifier: UnsafeMutablePointer<JSONPlan>] = [:]
  private var memory: [UnsafeMutableRawPointer] = []
  private(set) var forms: [JSONForm.WireWriter] = []

  init(_ options: JSONOptions) { self.options = options }

  deinit { for block in memory { block.deallocate() } }

  mutating func plan(of layout: MessageLayout) -> UnsafePointer<JSONPlan> {
    if let known = made[ObjectIdentifier(layout)] { return UnsafePointer(known) }
    let plan = allocate(JSONPlan.self, 1)
    // Before its fields, which may be of the same type.
    made[ObjectIdentifier(layout)] = plan
    let fields = allocate(JSONField.self, layout.fields.count)
    var form = form(of: layout)
    var oneofs: [Int: UInt64] = [:]
    if case .object = form {
      for (index, field) in layout.fields.enumerated() {
        guard let shape = Self.shape(of: field) else {
          form = .other
          break
        }
        var bit: UInt64 = 0
        if shape == .oneof {
          bit = oneofs[field.quantifierOffset] ?? 1 << UInt64(oneofs.count)
          oneofs[field.quantifierOffset] = bit
          if bit == 0 { form = .other }
        }
        (fields + index).initialize(to: self.field(field, shape, oneof: bit))
      }
    }
    plan.initialize(to: JSONPlan(form: form, fields: fields, count: layout.fields.count, wire: layout.plan))
    return UnsafePointer(plan)
  }

  private mutating func form(of layout: MessageLayout) -> JSONPlan.Form {
    if let form = options.form(of: layout) {
      guard let write = form.writeWire else { return .other }
      forms.append(write)
      return .given(forms.count - 1)
    }
    switch layout.wellKnown {
    case nil: return .object
    case .timestamp: return .timestamp
    case .money: return options.decimalMoney ? .other : .object
    default: return .other
    }
  }

  /// Nil for what only proto2 has, and for null.
  private static func shape(of field: FieldLayout) -> JSONField.Shape? {
    if field.enumeration?.isNullValue == true { return nil }
    return switch field.cardinality {
    case .implicit: .implicit
    case .oneof: .oneof
    case .repeated: field.isMap ? .map : .list
    case .explicit, .required: nil
    }
  }

  private mutating func field(_ field: FieldLayout, _ shape: JSONField.Shape, oneof: UInt64) -> JSONField {
    let name = [UInt8(ascii: ",")] + (options.writesProtoNames ? field.protoKey : field.jsonKey)
    let isAbsentWritten = options.writesDefaults && field.hasWrittenDefault
    var enumeration = JSONEnumPlan(numbers: allocate(Int32.self, 0), names: allocate(PlainText.self, 0), count: 0)
    if !options.writesEnumNumbers, let names = field.enumeration { enumeration = plan(of: names) }
    return JSONField(
      kind: field.kind, shape: shape, oneof: oneof, name: text(name),
      absent: text(isAbsentWritten ? name + absent(field, shape, enumeration) : []),
      message: field.message.map { plan(of: $0) }, enumeration: enumeration)
  }

  private func absent(_ field: FieldLayout, _ shape: JSONField.Shape, _ enumeration: JSONEnumPlan) -> [UInt8] {
    switch (shape, field.kind) {
    case (.list, _): return Array("[]".utf8)
    case (.map, _): return Array("{}".utf8)
    case (_, .string), (_, .bytes): return Array(#""""#.utf8)
    case (_, .bool): return Array("false".utf8)
    case (_, .int64), (_, .sint64), (_, .sfixed64), (_, .uint64), (_, .fixed64): return Array(#""0""#.utf8)
    case (_, .enum):
      guard let name = enumeration.name(of: 0) else { return Array("0".utf8) }
      return Array(UnsafeBufferPointer(start: name.start, count: name.count))
    default: return Array("0".utf8)
    }
  }

  private mutating func plan(of layout: EnumLayout) -> JSONEnumPlan {
    let named = layout.nameByNumber.sorted { $0.key < $1.key }
    let numbers = allocate(Int32.self, named.count)
    let names = allocate(PlainText.self, named.count)
    for (index, (number, name)) in named.enumerated() {
      (numbers + index).initialize(to: number)
      (names + index).initialize(to: text(Array("\"\(name)\"".utf8)))
    }
    return JSONEnumPlan(numbers: numbers, names: names, count: named.count)
  }

  private mutating func text(_ bytes: [UInt8]) -> PlainText {
    let start = allocate(UInt8.self, bytes.count)
    for (index, byte) in bytes.enumerated() { (start + index).initialize(to: byte) }
    return PlainText(start: start, count: bytes.count)
  }

  private mutating func allocate<Value>(_ type: Value.Type, _ count: Int) -> UnsafeMutablePointer<Value> {
    let start = UnsafeMutablePointer<Value>.allocate(capacity: max(count, 1))
    memory.append(UnsafeMutableRawPointer(start))
    return start
  }
}
