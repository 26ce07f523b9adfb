/// Where rows go during `copyIn`. For one task, inside the body only.
package final class PostgresCopyWriter {
  private static let chunkSize = 256 << 10

  private let operation: CopyInOperation
  private let core: PoolCore
  private let lease: Lease
  private var buffer = ByteWriter(capacity: PostgresCopyWriter.chunkSize + 4096)

  init(operation: CopyInOperation, core: PoolCore, lease: Lease, isBinary: Bool) {
    self.operation = operation
    self.core = core
    self.lease = lease
    if isBinary {
      // The header of COPY's binary format: signature, flags, length of the extension.
      buffer.write(bytes: Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00])
      buffer.write(Int32(0))
      buffer.write(Int32(0))
    }
  }

  /// Adds a row; its values must have exactly the columns' types (an `Int32` for `integer`, not an `Int64`), and
  /// strings go to text columns. Waits when the server is behind.
  /// - Throws: `PostgresError` `.invalidParameter`; what the COPY failed with so far.
  @inline(__always)
  package nonisolated(nonsending) func write<each Value: PostgresEncodable>(
    _ value: repeat each Value
  ) async throws {
    try append(repeat each value)
    if buffer.count >= Self.chunkSize { try await flush() }
  }

  @inline(__always)
  private func append<each Value: PostgresEncodable>(_ value: repeat each Value) throws(PostgresError) {
    var count: Int16 = 0
    for _ in repeat (each Value).self { count += 1 }
    buffer.write(count)
    for element in repeat each value {
      try buffer.writeLengthPrefixed { (writer) throws(PostgresError) in try element.encode(into: &writer) }
    }
  }

  /// Adds bytes in the format that the COPY statement names (text, CSV).
  /// - Throws: what the COPY failed with so far.
  package nonisolated(nonsending) func write(bytes: [UInt8]) async throws {
    buffer.write(bytes: bytes)
    if buffer.count >= Self.chunkSize { try await flush() }
  }

  func endRows() { buffer.write(Int16(-1)) }

  nonisolated(nonsending) func flush() async throws {
    guard buffer.count > 0 else { return }
    let chunk = buffer.take()
    buffer = ByteWriter(capacity: Self.chunkSize + 4096)
    let (operation, lease) = (operation, lease)
    core.thread.run { operation.add(chunk, on: lease.connection) }
    try await operation.gate.enter()
  }
}

extension PoolCore {
  nonisolated(nonsending) func copyIn(
    _ sql: String, isBinary: Bool, timeout: Duration?, lease: Lease,
    _ body: nonisolated(nonsending) (PostgresCopyWriter) async throws -> Void
  ) async throws -> Int {
    let operation = CopyInOperation(sql: sql, deadline: MonotonicClock.deadline(after: timeout))
    return try await exclusively(operation, lease: lease, isFinished: { operation.gate.isFinished }) {
      let writer = PostgresCopyWriter(operation: operation, core: self, lease: lease, isBinary: isBinary)
      try await body(writer)
      if isBinary { writer.endRows() }
      try await writer.flush()
      thread.run { operation.end(on: lease.connection) }
      return try await operation.gate.result()
    } drain: {
      _ = try await operation.gate.result()
    }
  }
}

/// Quotes each part of a dotted name, so that it is taken as written: `catalog.product` becomes
/// `"catalog"."product"`.
func quotedIdentifier(_ name: String) throws(PostgresError) -> String {
  let parts = name.split(separator: ".", omittingEmptySubsequences: false)
  guard parts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) }) else {
    throw PostgresError(.invalidParameter, "a table, column or channel name is empty or holds U+0000")
  }
  return parts.map { part in
    "\"" + part.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }.joined(separator: ".")
}

private func copyStatement(table: String, columns: [String]) throws(PostgresError) -> String {
  var list: [String] = []
  for column in columns { list.append(try quotedIdentifier(column)) }
  let names = list.isEmpty ? "" : " (\(list.joined(separator: ", ")))"
  return "COPY \(try quotedIdentifier(table))\(names) FROM STDIN (FORMAT binary)"
}

extension PostgresPool {
  /// Adds rows in bulk by COPY in its binary format, all or none.
  /// - Parameters:
  ///   - table: optionally with its schema before a dot.
  ///   - columns: in the order in which values are written; all of the table's when empty.
  ///   - timeout: for the whole copy; none when nil.
  /// - Returns: how many rows were added.
  /// - Throws: `PostgresError`, and what `body` throws; nothing is added then.
  @discardableResult
  package nonisolated(nonsending) func copyIn(
    into table: String, columns: [String] = [], timeout: Duration? = nil,
    _ body: nonisolated(nonsending) (PostgresCopyWriter) async throws -> Void
  ) async throws -> Int {
    let sql = try copyStatement(table: table, columns: columns)
    return try await primary.withLease { lease in
      (try await primary.copyIn(sql, isBinary: true, timeout: timeout, lease: lease, body), true)
    }
  }

  /// Runs a `COPY … FROM STDIN` statement of any format, for `write(bytes:)`.
  /// - Returns: how many rows were added.
  /// - Throws: `PostgresError`, and what `body` throws; nothing is added then.
  @discardableResult
  package nonisolated(nonsending) func copyIn(
    statement sql: String, timeout: Duration? = nil,
    _ body: nonisolated(nonsending) (PostgresCopyWriter) async throws -> Void
  ) async throws -> Int {
    try await primary.withLease { lease in
      (try await primary.copyIn(sql, isBinary: false, timeout: timeout, lease: lease, body), true)
    }
  }
}

extension PostgresTransaction {
  /// Adds rows in bulk inside the transaction; see `PostgresPool.copyIn`.
  /// - Throws: `PostgresError`, and what `body` throws.
  @discardableResult
  package nonisolated(nonsending) func copyIn(
    into table: String, columns: [String] = [], timeout: Duration? = nil,
    _ body: nonisolated(nonsending) (PostgresCopyWriter) async throws -> Void
  ) async throws -> Int {
    let sql = try copyStatement(table: table, columns: columns)
    return try await core.copyIn(sql, isBinary: true, timeout: timeout, lease: lease, body)
  }
}
