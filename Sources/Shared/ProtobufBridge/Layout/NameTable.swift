/// A set of names made once and looked up by bytes, without making a string.
struct NameTable: Sendable {
  private var slots: [Int32]
  private var entries: [(bytes: [UInt8], value: Int)] = []

  /// Where a name comes twice, the first one counts.
  init(_ names: [(String, Int)]) {
    var capacity = 8
    while capacity < names.count * 2 { capacity *= 2 }
    slots = Array(repeating: -1, count: capacity)
    for (name, value) in names {
      let bytes = Array(name.utf8)
      let slot = bytes.withUnsafeBytes { self.slot(of: $0) }
      guard slots[slot] < 0 else { continue }
      slots[slot] = Int32(entries.count)
      entries.append((bytes, value))
    }
  }

  /// The value given with `name`, or nil.
  func value(of name: UnsafeRawBufferPointer) -> Int? {
    let entry = slots[slot(of: name)]
    return entry < 0 ? nil : entries[Int(entry)].value
  }

  /// The slot that holds `name`, or the free one where it would go. At most half of the slots are taken.
  private func slot(of name: UnsafeRawBufferPointer) -> Int {
    var hash: UInt32 = 2_166_136_261
    for byte in name { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    let mask = slots.count - 1
    var slot = Int(hash ^ (hash >> 15)) & mask
    while slots[slot] >= 0 {
      let candidate = entries[Int(slots[slot])].bytes
      if candidate.count == name.count, candidate.elementsEqual(name) { break }
      slot = (slot + 1) & mask
    }
    return slot
  }
}
