internal import Synchronization

/// When products and categories were last changed, as far as the services' events have told.
///
/// It never forgets and never grows: products and categories share a fixed number of places by a hash of what they are.
/// Two that share a place empty each other's answers, which costs a question more and is never wrong. An answer is
/// judged against it each time it is given, by the moment at which the question was asked: so an answer that was on its
/// way when its product changed is old when it arrives.
final class ChangeBoard: Sendable {
  private static let slotCount = 1 << 16
  /// The place that every change touches.
  static let everything = slotCount

  private let stamps: Stamps
  private let floor = Atomic<Int64>(0)
  private let listFloor = Atomic<Int64>(0)

  /// How long services may take to show a change after they have told of it: the catalog learns prices by the same
  /// events as the gateway does, and reads may come from a replica. Milliseconds.
  let settling: Int64

  private final class Stamps: @unchecked Sendable {
    let values: UnsafeMutablePointer<Atomic<Int64>>

    init() {
      values = .allocate(capacity: ChangeBoard.slotCount + 1)
      for index in 0...ChangeBoard.slotCount { (values + index).initialize(to: Atomic<Int64>(0)) }
    }

    deinit {
      values.deinitialize(count: ChangeBoard.slotCount + 1)
      values.deallocate()
    }
  }

  init(settling: Int64 = 500) {
    stamps = Stamps()
    self.settling = settling
  }

  static func slot(product id: Int64) -> Int { slot(UInt64(bitPattern: id) &* 0x9e37_79b9_7f4a_7c15) }

  static func slot(category path: some StringProtocol) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return slot(hash &* 0x9e37_79b9_7f4a_7c15)
  }

  private static func slot(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 48) }

  // MARK: What has changed

  /// A product was changed; the lists of its category, and of those above it, with it. Where that category may be
  /// another one than it was, `changedLists` as well.
  ///
  /// - Parameter now: of `CacheClock`, when it was told.
  func changed(product id: Int64, category: String, at now: Int64) {
    touch(Self.slot(product: id), now)
    var path = category[...]
    while !path.isEmpty {
      touch(Self.slot(category: path), now)
      guard let slash = path.lastIndex(of: "/") else { break }
      path = path[..<slash]
    }
    touch(Self.everything, now)
  }

  /// Every list may have changed: a product has gone, or gone to another category, and the event does not tell from
  /// which one.
  func changedLists(at now: Int64) { listFloor.store(now, ordering: .releasing) }

  /// Nothing that was asked for before counts any more.
  func changedEverything(at now: Int64) { floor.store(now, ordering: .releasing) }

  private func touch(_ slot: Int, _ now: Int64) { stamps.values[slot].store(now, ordering: .releasing) }

  // MARK: What may be given

  /// Bounds on the age of an answer that its scope's changes set.
  struct Limits: Equatable {
    /// Until when it is fresh, and until when it may be given while a new one is fetched.
    var freshUntil: Int64
    var staleUntil: Int64
  }

  /// While a service may not have taken in a change itself, its answer is kept for a moment only, in milliseconds.
  private static let unsettledLifetime: Int64 = 50
  /// A list that a change may concern is renewed so soon, and given no longer than that.
  private static let changedListFresh: Int64 = 400
  private static let changedListStale: Int64 = 750

  /// - Parameter startedAt: when the question was asked.
  /// - Returns: nil when the answer must not be given any more.
  func limits(_ scope: CacheScope, startedAt: Int64, createdAt: Int64, _ limits: Limits) -> Limits? {
    guard startedAt > floor.load(ordering: .acquiring) else { return nil }
    switch scope {
    case .constant: return limits
    case .product(let slot):
      let changed = stamps.values[slot].load(ordering: .acquiring)
      if changed + settling < startedAt { return limits }
      if changed >= startedAt { return nil }
      let end = min(limits.freshUntil, createdAt + Self.unsettledLifetime)
      return Limits(freshUntil: end, staleUntil: end)
    case .list(let slot):
      let changed = max(stamps.values[slot].load(ordering: .acquiring), listFloor.load(ordering: .acquiring))
      if changed + settling < startedAt { return limits }
      return Limits(
        freshUntil: min(limits.freshUntil, startedAt + Self.changedListFresh),
        staleUntil: min(limits.staleUntil, startedAt + Self.changedListStale))
    }
  }
}
