import Testing

@testable import PostgresClient

@Suite("The cache of prepared statements")
struct LRUCacheTests {
  @Test("The entry unused for longest goes first")
  func evictsOldest() {
    var cache = LRUCache<String, Int>(capacity: 2)
    #expect(cache.insert(1, for: "a") == nil)
    #expect(cache.insert(2, for: "b") == nil)
    #expect(cache.value(for: "a") == 1)
    let evicted = cache.insert(3, for: "c")
    #expect(evicted?.key == "b")
    #expect(evicted?.value == 2)
    #expect(cache.value(for: "b") == nil)
    #expect(cache.value(for: "a") == 1)
    #expect(cache.count == 2)
  }

  @Test("Removed places are used again and links stay whole")
  func reusesPlaces() {
    var cache = LRUCache<Int, Int>(capacity: 3)
    for round in 0..<1000 {
      _ = cache.insert(round, for: round)
      if round % 3 == 0 { #expect(cache.remove(round) == round) }
      #expect(cache.count <= 3)
    }
    #expect(cache.value(for: 998) == 998)
  }

  @Test("Replacing an entry returns the old value")
  func replaces() {
    var cache = LRUCache<String, Int>(capacity: 1)
    _ = cache.insert(1, for: "a")
    #expect(cache.insert(2, for: "a")?.value == 1)
    #expect(cache.count == 1)
  }
}
