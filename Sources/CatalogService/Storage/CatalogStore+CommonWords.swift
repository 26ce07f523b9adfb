import PostgresClient
internal import Synchronization

/// The common words as they were read last. Shared by all searches.
final class CommonWordsBoard: Sendable {
  private let current = Mutex(CommonWords())

  /// Empty until they are read: then no word counts as common, which costs time and finds the same.
  var words: CommonWords {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }
}

extension CatalogStore {
  /// Reads the common words now and every five minutes, until it is cancelled.
  /// - Throws: `PostgresError`, `CancellationError`.
  func followCommonWords() async throws {
    while true {
      try await readCommonWords()
      try await Task.sleep(for: .seconds(300))
    }
  }

  /// Takes over what PostgreSQL counted in its sample of products when it last analysed them: a thousand words, which are
  /// all that one product in some hundreds has. Without an analysis there are none.
  /// - Throws: `PostgresError`.
  func readCommonWords() async throws {
    let rows = try await pool.read(
      """
      SELECT w.word, (w.share * c.reltuples)::bigint
      FROM pg_stats s
      JOIN pg_class c ON c.oid = format('%I.%I', s.schemaname, s.tablename)::regclass
      CROSS JOIN LATERAL unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS w(word, share)
      WHERE s.schemaname = $1 AND s.tablename = 'product' AND s.attname = 'search'
        AND w.word IS NOT NULL AND (w.share * c.reltuples)::bigint >= $2
      """, [Self.schema, CommonWords.minimum])
    commonWords.words = CommonWords(
      try rows.decode((String, Int64).self).map { CommonWords.Word(text: $0.0, products: $0.1) })
  }
}
