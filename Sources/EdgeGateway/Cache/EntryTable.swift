internal import Glibc
internal import Synchronization

/// The answers in this process, by question and by the very bytes with which it was asked.
///
/// Bounded in bytes and number. When it is full, answers that were not used since it last looked make room (the clock
/// algorithm), so that a stranger who asks for everything once does not drive out what many ask for. Spellings of one
/// question are kept up to a few: its parameters can be written in endless ways.
final class EntryTable: Sendable {
  private struct Place {
    var entry: CacheEntry
    /// Of the entry, and of its spellings.
    var bytes: Int
    var spellingBytes = 0
    var spellings: [UInt64] = []
  }

  private struct Spelling {
    var place: Int
    var target: [UInt8]

    func isOf(_ bytes: UnsafeRawBufferPointer) -> Bool {
      target.withUnsafeBytes { target in
        guard target.count == bytes.count, let left = target.baseAddress, let right = bytes.baseAddress else {
          return false
        }
        return memcmp(left, right, target.count) == 0
      }
    }
  }

  private struct State {
    var places: [Place?] = []
    var free: [Int] = []
    var byKey: [CacheKey: Int] = [:]
    var bySpelling: [UInt64: Spelling] = [:]
    var bytes = 0
    var hand = 0
  }

  private let state = Mutex(State())
  private let maximumBytes: Int
  private let maximumEntries: Int
  private let seed = UInt64.random(in: 1 ... .max)

  static let spellingsPerEntry = 4
  /// Longer targets are looked up by their parameters.
  static let maximumTarget = 2048

  init(maximumBytes: Int, maximumEntries: Int) {
    self.maximumBytes = maximumBytes
    self.maximumEntries = maximumEntries
  }

  subscript(_ key: CacheKey) -> CacheEntry? {
    state.withLock { state in
      guard let place = state.byKey[key] else { return nil }
      return state.places[place]?.entry
    }
  }

  /// The answer to a request for this path and query, if it was asked for in these bytes before.
  func find(_ target: UnsafeRawBufferPointer) -> CacheEntry? {
    let hash = hash(target)
    return state.withLock { state in
      guard let spelling = state.bySpelling[hash], spelling.isOf(target) else { return nil }
      return state.places[spelling.place]?.entry
    }
  }

  /// Takes an answer in, in place of an older one to the same question.
  func insert(_ entry: CacheEntry) {
    let bytes = entry.byteCount
    guard bytes <= maximumBytes / 4 else { return }
    state.withLock { state in
      if let place = state.byKey[entry.key], let old = state.places[place] {
        // Two that were fetched at the same time: the later question counts.
        guard old.entry.startedAt <= entry.startedAt else { return }
        state.bytes += bytes - old.bytes
        state.places[place]?.entry = entry
        state.places[place]?.bytes = bytes
        makeRoom(&state, sparing: place)
        return
      }
      let place = state.free.popLast() ?? state.places.count
      if place == state.places.count { state.places.append(nil) }
      state.places[place] = Place(entry: entry, bytes: bytes)
      state.byKey[entry.key] = place
      state.bytes += bytes
      makeRoom(&state, sparing: place)
    }
  }

  /// Counts an entry's bytes anew: it has been compressed.
  func recount(_ entry: CacheEntry) {
    let bytes = entry.byteCount
    state.withLock { state in
      guard let place = state.byKey[entry.key], let old = state.places[place], old.entry === entry else { return }
      state.bytes += bytes - old.bytes
      state.places[place]?.bytes = bytes
      makeRoom(&state, sparing: place)
    }
  }

  /// Remembers how a question was asked.
  func note(_ target: UnsafeRawBufferPointer, for entry: CacheEntry) {
    guard target.count <= Self.maximumTarget else { return }
    let hash = hash(target)
    state.withLock { state in
      guard let place = state.byKey[entry.key], let spellings = state.places[place]?.spellings,
        spellings.count < Self.spellingsPerEntry, state.bySpelling[hash] == nil
      else { return }
      state.bySpelling[hash] = Spelling(place: place, target: Array(target))
      state.places[place]?.spellings.append(hash)
      let bytes = target.count + 128
      state.places[place]?.spellingBytes += bytes
      state.bytes += bytes
    }
  }

  func removeAll() { state.withLock { $0 = State() } }

  var count: Int { state.withLock { $0.byKey.count } }
  var byteCount: Int { state.withLock { $0.bytes } }

  private func makeRoom(_ state: inout State, sparing spared: Int) {
    var looked = 0
    while state.bytes > maximumBytes || state.byKey.count > maximumEntries, looked <= 2 * state.places.count {
      looked += 1
      state.hand = (state.hand + 1) % state.places.count
      guard state.hand != spared, let place = state.places[state.hand] else { continue }
      if place.entry.wasUsed.exchange(false, ordering: .relaxed) { continue }
      for spelling in place.spellings { state.bySpelling[spelling] = nil }
      state.byKey[place.entry.key] = nil
      state.bytes -= place.bytes + place.spellingBytes
      state.places[state.hand] = nil
      state.free.append(state.hand)
    }
  }

  /// Seeded, so that nobody can choose targets that share a hash.
  private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = seed ^ (UInt64(bytes.count) &* 0x9e37_79b9_7f4a_7c15)
    var offset = 0
    while offset + 8 <= bytes.count {
      mix(&hash, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var rest: UInt64 = 0
    while offset < bytes.count {
      rest = rest << 8 | UInt64(bytes[offset])
      offset += 1
    }
    mix(&hash, rest)
    return hash
  }

  private func mix(_ hash: inout UInt64, _ word: UInt64) {
    let product = (hash ^ word ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: seed | 1)
    hash = product.high ^ product.low
  }
}
