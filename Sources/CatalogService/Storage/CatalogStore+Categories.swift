import PostgresClient

extension CatalogStore {
  /// The ids of categories; those that are missing are made, with all above them.
  /// - Throws: `PostgresError`.
  func categoryIDs(_ paths: Set<CategoryPath>, in transaction: PostgresTransaction) async throws -> [String: Int64] {
    var names: [String: String] = [:]
    for path in paths {
      for prefix in path.prefixes where names[prefix.path] == nil { names[prefix.path] = prefix.name }
    }
    guard !names.isEmpty else { return [:] }
    let wanted = names.keys.sorted()
    let known = try await transaction.query("SELECT path, id FROM category WHERE path = ANY($1)", [wanted])
    var ids = Dictionary(uniqueKeysWithValues: try known.decode((String, Int64).self).map { ($0.0, $0.1) })
    // From the top down, since each level needs the ids of the one above.
    var missing = wanted.filter { ids[$0] == nil }
    while !missing.isEmpty {
      let level = missing.filter { path in Self.parent(of: path).map { ids[$0] != nil } ?? true }
      let made = try await transaction.query(
        """
        INSERT INTO category (parent_id, path, slug, name)
        SELECT nullif(parent, 0), path, regexp_replace(path, '^.*/', ''), name
        FROM unnest($1::bigint[], $2::text[], $3::text[]) AS n(parent, path, name)
        RETURNING path, id
        """,
        [level.map { Self.parent(of: $0).flatMap { ids[$0] } ?? 0 }, level, level.map { names[$0] ?? $0 }])
      for (path, id) in try made.decode((String, Int64).self) { ids[path] = id }
      missing.removeAll { ids[$0] != nil }
    }
    return ids
  }

  /// Adds to the counts of active products, in the order of ids so that writers cannot wait for each other in a ring.
  /// - Throws: `PostgresError`.
  func count(_ changes: [Int64: Int64], in transaction: PostgresTransaction) async throws {
    let changes = changes.filter { $0.value != 0 }.sorted { $0.key < $1.key }
    guard !changes.isEmpty else { return }
    try await transaction.execute(
      """
      UPDATE category c SET active_products = c.active_products + d.change
      FROM unnest($1::bigint[], $2::bigint[]) AS d(id, change) WHERE c.id = d.id
      """, [changes.map(\.key), changes.map(\.value)])
  }

  private static func parent(of path: String) -> String? {
    path.lastIndex(of: "/").map { String(path[..<$0]) }
  }
}
