internal import Synchronization

/// Keeps one value for a while, for all who need it; one of them fetches the next. When that fails the old one serves on.
final class Memo<Value: Sendable>: Sendable {
  private struct Kept {
    var value: Value
    var until: Int64
  }

  private let kept = Mutex<Kept?>(nil)
  private let flights = SingleFlight<Int, Value>()
  /// Milliseconds.
  private let lifetime: Int64
  private let fetch: @Sendable () async throws -> Value

  init(lifetime: Int64, fetch: @escaping @Sendable () async throws -> Value) {
    self.lifetime = lifetime
    self.fetch = fetch
  }

  /// - Parameter now: of `CacheClock`.
  /// - Throws: what fetching threw, where there is no older value.
  func value(_ now: Int64 = CacheClock.now()) async throws -> Value {
    let old = kept.withLock { $0 }
    if let old, now < old.until { return old.value }
    do {
      return try await flights.run(0, onJoin: {}) {
        let value = try await self.fetch()
        self.kept.withLock { $0 = Kept(value: value, until: now + self.lifetime) }
        return value
      }
    } catch {
      guard let old, !Task.isCancelled else { throw error }
      return old.value
    }
  }
}
