/// Writes the JSON form of a message while it walks over its wire form, which was validated before: nothing is unpacked.
///
/// It takes fields in the order of their numbers, as encoders write them. Where they come otherwise (a singular field
/// twice, two members of a oneof, a key twice), what counts is known at the end only: it gives up then, and the message
/// goes the long way. So it does for what only `MessagePrinter` has a form for, and for what is to be refused.
struct WirePrinter: ~Copyable {
  /// More entries in a map are for the long way, which finds keys that come twice without comparing all with all.
  private static let maximumEntries = 32

  var out: JSONText
  private let forms: [JSONForm.WireWriter]
  private let writesDefaults: Bool
  private let maximumDepth: Int
  /// Where the keys of the maps that are open stand in `out`, innermost last.
  private var keys: [Range<Int>] = []

  init(_ forms: [JSONForm.WireWriter], _ options: JSONOptions, capacity: Int) {
    out = JSONText(capacity: capacity)
    self.forms = forms
    writesDefaults = options.writesDefaults
    maximumDepth = options.maximumDepth
  }

  /// - Parameter depth: of this message, the outermost being 1.
  /// - Returns: false where it gives up; what `out` holds is of no use then.
  mutating func message(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ plan: UnsafePointer<JSONPlan>, depth: Int
  ) -> Bool {
    guard depth <= maximumDepth else { return false }
    switch plan.pointee.form {
    case .object: return object(start, end, plan, depth)
    case .timestamp:
      let fields = WireFields(start, end - start)
      let (seconds, nanos) = (fields.integer(1), Int32(truncatingIfNeeded: fields.integer(2)))
      return out.append(upTo: TimestampText.maximumLength + 2) { text in
        text[0] = UInt8(ascii: "\"")
        guard let length = TimestampText.write(seconds: seconds, nanos: nanos, to: text + 1) else { return nil }
        text[length + 1] = UInt8(ascii: "\"")
        return length + 2
      }
    case .given(let index):
      forms[index](WireFields(start, end - start), &out)
      return true
    case .other: return false
    }
  }

  mutating func emptyMessage(_ plan: UnsafePointer<JSONPlan>) -> Bool {
    message(Self.zeros, Self.zeros, plan, depth: 1)
  }

  private mutating func object(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ plan: UnsafePointer<JSONPlan>, _ depth: Int
  ) -> Bool {
    let fields = plan.pointee.fields
    let wire = plan.pointee.wire
    var position = start
    /// The first field that has not been passed, and the list or map whose bracket is open.
    var next = 0
    var open = -1
    var isFirst = true
    var oneofs: UInt64 = 0
    let outerKeys = keys.count
    out.append("{")
    while position < end {
      let tag = WireBytes.varint(&position)
      guard let index = wire.pointee.index(of: UInt32(truncatingIfNeeded: tag >> 3)) else {
        WireBytes.skip(&position, tag)
        continue
      }
      let field = fields + index
      let shape = field.pointee.shape
      let isPacked = shape == .list && UInt8(tag & 7) != wire.pointee.fields[index].wireType
      var runEnd = position
      if isPacked {
        let length = Int(WireBytes.varint(&position))
        runEnd = position + length
        // An empty run is no element.
        if length == 0 { continue }
      }
      if index == open {
        out.append(",")
      } else {
        guard index >= next else { return false }
        if open >= 0 { close(fields + open, outerKeys) }
        open = -1
        while next < index {
          absent(fields[next].absent, &isFirst)
          next += 1
        }
        next = index + 1
        switch shape {
        case .implicit:
          if !writesDefaults, isDefault(field.pointee.kind, position) {
            WireBytes.skip(&position, tag)
            continue
          }
        case .oneof:
          guard oneofs & field.pointee.oneof == 0 else { return false }
          oneofs |= field.pointee.oneof
        case .list, .map: open = index
        }
        absent(field.pointee.name, &isFirst)
        if shape == .list { out.append("[") } else if shape == .map { out.append("{") }
      }
      if isPacked {
        guard run(&position, runEnd, field) else { return false }
      } else if shape == .map {
        guard entry(&position, field, outerKeys, depth) else { return false }
      } else {
        guard value(&position, field, depth) else { return false }
      }
    }
    if open >= 0 { close(fields + open, outerKeys) }
    while next < plan.pointee.count {
      absent(fields[next].absent, &isFirst)
      next += 1
    }
    out.append("}")
    return true
  }

  /// Appends a member's name, or the whole of an absent one, without its comma if it is the first.
  @inline(__always)
  private mutating func absent(_ text: PlainText, _ isFirst: inout Bool) {
    guard text.count > 0 else { return }
    if isFirst { out.append(text.start + 1, text.count - 1) } else { out.append(text.start, text.count) }
    isFirst = false
  }

  private mutating func close(_ field: UnsafePointer<JSONField>, _ outerKeys: Int) {
    guard field.pointee.shape == .map else { return out.append("]") }
    keys.removeLast(keys.count - outerKeys)
    out.append("}")
  }

  /// Numbers without tags.
  private mutating func run(
    _ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ field: UnsafePointer<JSONField>
  ) -> Bool {
    var isFirst = true
    while position < end {
      if !isFirst { out.append(",") }
      isFirst = false
      guard value(&position, field, 0) else { return false }
    }
    return true
  }

  /// One entry of a map: its key, then its value, each at most once.
  private mutating func entry(
    _ position: inout UnsafePointer<UInt8>, _ field: UnsafePointer<JSONField>, _ outerKeys: Int, _ depth: Int
  ) -> Bool {
    guard let plan = field.pointee.message, plan.pointee.count == 2, case .object = plan.pointee.form else {
      return false
    }
    let (key, element) = (plan.pointee.fields, plan.pointee.fields + 1)
    let length = Int(WireBytes.varint(&position))
    let end = position + length
    var hasKey = false
    var hasElement = false
    while position < end {
      let tag = WireBytes.varint(&position)
      switch tag >> 3 {
      case 1:
        guard !hasKey, !hasElement else { return false }
        hasKey = true
        guard name(&position, key, outerKeys) else { return false }
      case 2:
        guard !hasElement else { return false }
        hasElement = true
        if !hasKey {
          guard emptyName(key, outerKeys) else { return false }
        }
        guard value(&position, element, depth) else { return false }
      default: WireBytes.skip(&position, tag)
      }
    }
    if hasElement { return true }
    if !hasKey {
      guard emptyName(key, outerKeys) else { return false }
    }
    var zero = Self.zeros
    return value(&zero, element, depth)
  }

  private mutating func emptyName(_ key: UnsafePointer<JSONField>, _ outerKeys: Int) -> Bool {
    var zero = Self.zeros
    return name(&zero, key, outerKeys)
  }

  /// Bytes that are every type's default: 0, or no bytes. Never written, never freed.
  private nonisolated(unsafe) static let zeros: UnsafePointer<UInt8> = {
    let zeros = UnsafeMutablePointer<UInt8>.allocate(capacity: 8)
    zeros.initialize(repeating: 0, count: 8)
    return UnsafePointer(zeros)
  }()

  /// The key of an entry as a member's name. False when the map has it already.
  private mutating func name(
    _ position: inout UnsafePointer<UInt8>, _ key: UnsafePointer<JSONField>, _ outerKeys: Int
  ) -> Bool {
    let start = out.count
    if key.pointee.kind == .string {
      string(&position)
    } else {
      let isQuoted = Self.isQuoted(key.pointee.kind)
      if !isQuoted { out.append("\"") }
      guard value(&position, key, 0) else { return false }
      if !isQuoted { out.append("\"") }
    }
    let text = start..<out.count
    guard keys.count - outerKeys < Self.maximumEntries else { return false }
    for other in keys[outerKeys...] where out.isSame(text, other) { return false }
    keys.append(text)
    out.append(":")
    return true
  }

  private static func isQuoted(_ kind: FieldKind) -> Bool {
    switch kind {
    case .int64, .sint64, .sfixed64, .uint64, .fixed64: true
    default: false
    }
  }

  private mutating func string(_ position: inout UnsafePointer<UInt8>) {
    let length = Int(WireBytes.varint(&position))
    out.string(UnsafeRawBufferPointer(start: position, count: length))
    position += length
  }

  /// One value of the field's kind, without a tag.
  private mutating func value(
    _ position: inout UnsafePointer<UInt8>, _ field: UnsafePointer<JSONField>, _ depth: Int
  ) -> Bool {
    switch field.pointee.kind {
    case .string: string(&position)
    case .message:
      guard let child = field.pointee.message else { return false }
      let length = Int(WireBytes.varint(&position))
      let start = position
      position += length
      return message(start, position, child, depth: depth + 1)
    case .int32: out.integer(Int64(Int32(truncatingIfNeeded: WireBytes.varint(&position))))
    case .uint32: out.integer(UInt64(UInt32(truncatingIfNeeded: WireBytes.varint(&position))))
    case .sint32:
      let bits = UInt32(truncatingIfNeeded: WireBytes.varint(&position))
      out.integer(Int64(Int32(bitPattern: bits >> 1) ^ -Int32(bits & 1)))
    case .enum:
      let number = Int32(truncatingIfNeeded: WireBytes.varint(&position))
      if let name = field.pointee.enumeration.name(of: number) {
        out.append(name.start, name.count)
      } else {
        out.integer(Int64(number))
      }
    case .bool: out.constant(WireBytes.varint(&position) != 0 ? "true" : "false")
    case .int64: quoted(Int64(bitPattern: WireBytes.varint(&position)))
    case .uint64: quoted(WireBytes.varint(&position))
    case .sint64:
      let bits = WireBytes.varint(&position)
      quoted(Int64(bitPattern: bits >> 1) ^ -Int64(bits & 1))
    case .sfixed32: out.integer(Int64(Int32(bitPattern: fixed(&position))))
    case .fixed32: out.integer(UInt64(fixed(&position) as UInt32))
    case .sfixed64: quoted(Int64(bitPattern: fixed(&position)))
    case .fixed64: quoted(fixed(&position) as UInt64)
    case .float: number(Float(bitPattern: fixed(&position)))
    case .double: number(Double(bitPattern: fixed(&position)))
    case .bytes:
      let length = Int(WireBytes.varint(&position))
      out.base64(UnsafeRawBufferPointer(start: position, count: length))
      position += length
    }
    return true
  }

  @inline(__always)
  private mutating func quoted(_ value: Int64) {
    out.append("\"")
    out.integer(value)
    out.append("\"")
  }

  @inline(__always)
  private mutating func quoted(_ value: UInt64) {
    out.append("\"")
    out.integer(value)
    out.append("\"")
  }

  private mutating func number(_ value: some BinaryFloatingPoint & LosslessStringConvertible) {
    if value.isFinite {
      out.literal(JSONNumber.text(value))
    } else {
      out.constant(value.isNaN ? #""NaN""# : value < 0 ? #""-Infinity""# : #""Infinity""#)
    }
  }

  @inline(__always)
  private func fixed<Bits: FixedWidthInteger>(_ position: inout UnsafePointer<UInt8>) -> Bits {
    let bits = UnsafeRawPointer(position).loadUnaligned(as: Bits.self)
    position += MemoryLayout<Bits>.size
    return Bits(littleEndian: bits)
  }

  /// Whether a value is its type's default, which is not written of fields without presence.
  private func isDefault(_ kind: FieldKind, _ start: UnsafePointer<UInt8>) -> Bool {
    var position = start
    switch kind {
    case .message: return false
    case .string, .bytes, .bool, .int64, .uint64, .sint64: return WireBytes.varint(&position) == 0
    case .int32, .uint32, .sint32, .enum: return UInt32(truncatingIfNeeded: WireBytes.varint(&position)) == 0
    // By bits: -0.0 is a value.
    case .sfixed32, .fixed32, .float: return fixed(&position) as UInt32 == 0
    case .sfixed64, .fixed64, .double: return fixed(&position) as UInt64 == 0
    }
  }
}
