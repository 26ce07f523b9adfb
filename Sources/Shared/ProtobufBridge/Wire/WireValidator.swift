/// Walks the wire form of a message by its layout before protobuf-c sees it.
///
/// protobuf-c recurses without bound, takes any bytes for a string and ends it at the first NUL, and allocates per
/// element; so all of that is checked here. Beyond what the encoding guide calls malformed, refused are:
/// - a known field with a wire type that is not its own (packed and unpacked forms of a number are both its own);
///   some decoders keep such a field as unknown, protobuf-c refuses the message;
/// - groups, known or unknown: proto3 has none and protobuf-c cannot skip them;
/// - more than `maximumMerges` repetitions of singular message fields: each repetition is merged into the one before,
///   which copies its arrays, so many of them cost quadratic time.
struct WireValidator {
  static let maximumMerges = 64

  private let limits: DecodingLimits
  private var elements = 0
  private var memory = 0
  private var merges = 0

  /// - Throws: `.malformedWire`, `.invalidString` or `.limitExceeded`, with the path to the field.
  static func validate(
    _ bytes: UnsafeRawBufferPointer, layout: MessageLayout, limits: DecodingLimits
  ) throws(ProtobufError) {
    guard bytes.count <= limits.maximumBytes else {
      throw ProtobufError(
        .limitExceeded, "\(layout.fullName) has \(bytes.count) bytes; at most \(limits.maximumBytes) are accepted")
    }
    guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    var validator = WireValidator(limits)
    try validator.walk(start, start + bytes.count, layout.plan, depth: 1)
  }

  private init(_ limits: DecodingLimits) { self.limits = limits }

  private mutating func walk(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ plan: UnsafePointer<WirePlan>, depth: Int
  ) throws(ProtobufError) {
    var position = start
    var seen: UInt64 = 0
    var occurrences = 0
    try spend(memory: plan.pointee.structSize)
    while position < end {
      var tag = UInt64(position.pointee)
      if tag < 0x80 { position += 1 } else { tag = try varint(&position, end, maximumBytes: 5) }
      let number = UInt32(truncatingIfNeeded: tag >> 3)
      let wireType = UInt8(tag & 7)
      guard tag >> 32 == 0, number > 0 else {
        throw ProtobufError(.malformedWire, "a field number is 0 or above 536870911")
      }
      occurrences += 1
      guard let index = plan.pointee.index(of: number) else {
        try skip(&position, end, wireType, number)
        try spend(elements: 1, memory: 64)
        continue
      }
      let field = plan.pointee.fields + index
      do throws(ProtobufError) {
        try value(&position, end, field, wireType, depth, &seen)
      } catch {
        throw error.inside(plan.pointee.layout?.fields[index].name ?? "\(number)")
      }
    }
    // The C library notes every occurrence while it scans; the first 16 notes are on its stack.
    if occurrences > 16 { try spend(memory: occurrences * 96) }
  }

  @inline(__always)
  private mutating func value(
    _ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ field: UnsafePointer<WireField>,
    _ wireType: UInt8, _ depth: Int, _ seen: inout UInt64
  ) throws(ProtobufError) {
    guard wireType == field.pointee.wireType else {
      guard field.pointee.isRepeated, wireType == WireType.lengthDelimited.rawValue else {
        throw wrongWireType(wireType, field.pointee.kind)
      }
      let length = try length(&position, end)
      try packed(position, position + length, field.pointee.kind)
      position += length
      return
    }
    switch wireType {
    case WireType.varint.rawValue:
      if position < end, position.pointee < 0x80 {
        position += 1
      } else {
        _ = try varint(&position, end, maximumBytes: 10)
      }
    case WireType.fixed64.rawValue: try advance(&position, end, 8)
    case WireType.fixed32.rawValue: try advance(&position, end, 4)
    default:
      let length = try length(&position, end)
      switch field.pointee.kind {
      case .string:
        switch UTF8Check.verdict(position, length) {
        case .valid: break
        case .malformed: throw ProtobufError(.invalidString, "the string is not valid UTF-8")
        case .containsNUL: throw ProtobufError(.invalidString, "the string holds a NUL character (U+0000)")
        }
        try spend(memory: length + 8)
      case .message:
        guard depth < limits.maximumDepth, let child = field.pointee.child else {
          throw ProtobufError(.limitExceeded, "messages are nested more than \(limits.maximumDepth) deep")
        }
        if field.pointee.mergeBit != 0 { try noteMerge(field.pointee.mergeBit, &seen) }
        if !field.pointee.isRepeated { try spend(elements: 1, memory: 8) }
        try walk(position, position + length, child, depth: depth + 1)
      default: try spend(memory: length + 8)
      }
      position += length
    }
    if field.pointee.isRepeated { try spend(elements: 1, memory: 16) }
  }

  /// Counts a singular message field that comes again in the same message.
  @inline(__always)
  private mutating func noteMerge(_ bit: UInt64, _ seen: inout UInt64) throws(ProtobufError) {
    guard seen & bit != 0 else {
      seen |= bit
      return
    }
    merges += 1
    guard merges <= Self.maximumMerges else {
      throw ProtobufError(.limitExceeded, "singular message fields are repeated more than \(Self.maximumMerges) times")
    }
  }

  /// A run of numbers without tags (encoding guide, "Packed Repeated Fields").
  private mutating func packed(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ kind: FieldKind
  ) throws(ProtobufError) {
    let count: Int
    switch kind.wireType {
    case .fixed32, .fixed64:
      let size = kind.wireType == .fixed32 ? 4 : 8
      guard (end - start) % size == 0 else {
        throw ProtobufError(.malformedWire, "the packed run's length is not a multiple of \(size)")
      }
      count = (end - start) / size
    case .varint:
      var position = start
      var values = 0
      while position < end {
        if position.pointee < 0x80 { position += 1 } else { _ = try varint(&position, end, maximumBytes: 10) }
        values += 1
      }
      count = values
    default: throw wrongWireType(WireType.lengthDelimited.rawValue, kind)
    }
    try spend(elements: count, memory: count * 8)
  }

  private func skip(
    _ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ wireType: UInt8, _ number: UInt32
  ) throws(ProtobufError) {
    switch WireType(rawValue: wireType) {
    case .varint: _ = try varint(&position, end, maximumBytes: 10)
    case .fixed64: try advance(&position, end, 8)
    case .fixed32: try advance(&position, end, 4)
    case .lengthDelimited: position += try length(&position, end)
    case .startGroup, .endGroup:
      throw ProtobufError(.malformedWire, "field \(number) is a group; groups are not accepted")
    case nil: throw ProtobufError(.malformedWire, "field \(number) has wire type \(wireType), which does not exist")
    }
  }

  @inline(__always)
  private func advance(
    _ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ count: Int
  ) throws(ProtobufError) {
    guard end - position >= count else { throw truncated() }
    position += count
  }

  /// A length that lies within the bytes left.
  @inline(__always)
  private func length(
    _ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) throws(ProtobufError) -> Int {
    let length: UInt64
    if position < end, position.pointee < 0x80 {
      length = UInt64(position.pointee)
      position += 1
    } else {
      length = try varint(&position, end, maximumBytes: 5)
    }
    guard length <= UInt64(end - position) else { throw truncated() }
    return Int(length)
  }

  /// A number of at most `maximumBytes` bytes; ten carry 64 bits, so the tenth may only be 0 or 1.
  private func varint(
    _ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, maximumBytes: Int
  ) throws(ProtobufError) -> UInt64 {
    var value: UInt64 = 0
    var count = 0
    while true {
      guard position < end else { throw truncated() }
      let byte = position.pointee
      position += 1
      guard count < maximumBytes, count < 9 || byte <= 1 else {
        throw ProtobufError(.malformedWire, "a variable-length number is longer than \(maximumBytes) bytes")
      }
      value |= UInt64(byte & 0x7f) << UInt64(7 * count)
      count += 1
      if byte < 0x80 { return value }
    }
  }

  @inline(__always)
  private mutating func spend(elements count: Int = 0, memory bytes: Int) throws(ProtobufError) {
    elements += count
    memory += bytes
    guard elements <= limits.maximumElements, memory <= limits.maximumMemory else { throw spent() }
  }

  private func spent() -> ProtobufError {
    elements > limits.maximumElements
      ? ProtobufError(.limitExceeded, "the message has more than \(limits.maximumElements) elements")
      : ProtobufError(.limitExceeded, "the message would need more than \(limits.maximumMemory) bytes of memory")
  }

  private func truncated() -> ProtobufError {
    ProtobufError(.malformedWire, "the message ends in the middle of a field")
  }

  private func wrongWireType(_ wireType: UInt8, _ kind: FieldKind) -> ProtobufError {
    switch WireType(rawValue: wireType) {
    case .startGroup, .endGroup: ProtobufError(.malformedWire, "the field is a group; groups are not accepted")
    case nil: ProtobufError(.malformedWire, "wire type \(wireType) does not exist")
    default:
      ProtobufError(
        .malformedWire, "wire type \(wireType) given where \(kind) has wire type \(kind.wireType.rawValue)")
    }
  }
}
