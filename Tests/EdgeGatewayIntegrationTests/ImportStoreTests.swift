import PostgresClient
import TestSupport
import Testing

@testable import EdgeGateway

@Suite("What is kept of imports") struct ImportStoreTests {
  @Test("An import is kept with how far it is and what was rejected, newest first")
  func progress() async throws {
    try await EdgeDatabase.with { edge in
      let store = ImportStore(pool: edge.pool)
      var record = ImportRecord(fileName: "a \"b\".csv", shop: "shop-a", bytes: 100)
      record.id = try await store.begin(record)
      let other = try await store.begin(ImportRecord(fileName: "b.csv", shop: "shop-b", bytes: 1))
      (record.doneBytes, record.rows, record.created) = (60, 7, 5)
      record.reject(line: 3, "title: expected 1 to 500 characters")
      try await store.update(record, hasEnded: false)
      let half = try #require(try await store.find(record.id))
      #expect(half.faults == record.faults && half.rows == 7 && half.created == 5 && half.doneBytes == 60)
      #expect(half.fileName == "a \"b\".csv" && half.endedAt == nil && !half.isLost)
      record.failure = "a service that is needed is away"
      try await store.update(record, hasEnded: true)
      let done = try #require(try await store.find(record.id))
      #expect(done.endedAt != nil && done.failure == record.failure && done.rejected == 1)
      #expect(try await store.list(limit: 10).map(\.id) == [other, record.id])
      // The gateway of the other one has not been heard of.
      try await edge.pool.execute("UPDATE import_run SET seen_at = now() - interval '1 hour'")
      #expect(try await store.find(other)?.isLost == true)
      #expect(try await store.find(record.id)?.isLost == false)
      #expect(try await store.find(99) == nil)
    }
  }

  @Test("No more than the last hundred are kept")
  func bounded() async throws {
    try await EdgeDatabase.with { edge in
      let store = ImportStore(pool: edge.pool)
      for _ in 0..<(ImportStore.maximum + 3) {
        _ = try await store.begin(ImportRecord(fileName: "a.csv", shop: "shop-a", bytes: 1))
      }
      #expect(try await store.list(limit: 1000).count == ImportStore.maximum)
    }
  }
}
