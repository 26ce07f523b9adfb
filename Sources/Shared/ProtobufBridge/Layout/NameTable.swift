/// A set of names made once and looked up by bytes, without making a string. All names lie in one array, so that a
/// lookup touches no reference count but the table's own.
struct NameTable: Sendable {
  private struct Entry: Sendable {
    var start: Int32
    var count: Int32
    var value: Int
  }

  private var slots: [Int32]
  private var entries: [Entry] = []
  private var bytes: [UInt8] = []

  /// Where a name comes twice, the first one counts.
  init(_ names: [(String, Int)]) {
    var capacity = 8
    while capacity < names.count * 2 { capacity *= 2 }
    slots = Array(repeating: -1, count: capacity)
    for (name, value) in names {
      let name = Array(name.utf8)
      let slot = name.withUnsafeBytes { self.slot(of: $0) }
      guard slots[slot] < 0 else { continue }
      slots[slot] = Int32(entries.count)
      entries.append(Entry(start: Int32(bytes.count), count: Int32(name.count), value: value))
      bytes += name
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
      if isEntry(Int(slots[slot]), named: name) { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func isEntry(_ index: Int, named name: UnsafeRawBufferPointer) -> Bool {
    let entry = entries[index]
    guard Int(entry.count) == name.count else { return false }
    return bytes.withUnsafeBytes { bytes in
      for offset in 0..<name.count where bytes[Int(entry.start) + offset] != name[offset] { return false }
      return true
    }
  }
}
