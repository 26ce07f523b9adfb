/// What the wire validator must know of one field. Plain memory: the walk over a message touches no reference count.
struct WireField {
  var number: UInt32
  var wireType: UInt8
  var kind: FieldKind
  var isRepeated: Bool
  /// Bit of this field among the message's singular message fields, or 0: see `WireValidator.noteMerge`.
  var mergeBit: UInt64
  var child: UnsafePointer<WirePlan>?
}

/// What the wire validator must know of one message type. Immortal, as the layouts are.
struct WirePlan {
  /// Field numbers below this are looked up directly.
  static let denseLimit: UInt32 = 64

  var fields: UnsafePointer<WireField>
  var count: Int
  /// Index plus one by field number, for numbers below `denseLimit`; 0 is none.
  var dense: UnsafePointer<UInt16>
  var structSize: Int
  unowned(unsafe) var layout: MessageLayout?

  /// The index of the field with this number.
  @inline(__always)
  func index(of number: UInt32) -> Int? {
    if number < Self.denseLimit {
      let index = dense[Int(number)]
      return index == 0 ? nil : Int(index) - 1
    }
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if fields[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < count && fields[low].number == number ? low : nil
  }
}
