internal import ArgumentParser
internal import Glibc
internal import PostgresClient

/// Adds rows in bulk.
struct CopyBenchmark: AsyncParsableCommand {
  enum Format: String, ExpressibleByArgument {
    /// Swift values, row by row.
    case rows
    /// The bytes of a file, as psql's `\copy` sends them.
    case file
  }

  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Adds to bench_copy (id bigint, title text, price bigint, in_stock boolean, seen timestamptz).")

  @Option(help: "The server, as a connection string of libpq.")
  var dsn: String

  @Option(help: "rows or file.")
  var format = Format.rows

  @Option(help: "How many rows.")
  var rows = 500_000

  @Option(help: "The file in COPY's text format, for `--format file`.")
  var file = ""

  func run() async throws {
    let pool = try PostgresPool(PostgresPoolConfiguration(primary: try PostgresDSN(dsn)))
    try await pool.waitUntilReady(timeout: .seconds(10))
    let before = ProcessUsage.now()
    let start = ContinuousClock.now
    let count = format == .rows ? try await copyRows(pool) : try await copyFile(pool)
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let after = ProcessUsage.now()
    let cpu = (after.cpuSeconds - before.cpuSeconds) * 1e6 / Double(max(1, count))
    print(
      "{\"mode\": \"copy \(format.rawValue)\", \"operations\": \(count), "
        + "\"per_second\": \((Double(count) / elapsed).rounded()), \"cpu_us\": \((cpu * 1000).rounded() / 1000), "
        + "\"rss_kib_before\": \(before.residentKiB), \"rss_kib_after\": \(after.residentKiB)}")
    await pool.close()
  }

  /// The same rows as `Benchmarks/postgres/bench_postgres.py` writes to the file.
  private func copyRows(_ pool: PostgresPool) async throws -> Int {
    let columns = ["id", "title", "price", "in_stock", "seen"]
    let rows = Int64(rows)
    return try await pool.copyIn(into: "bench_copy", columns: columns) { writer in
      for id in 1...rows {
        try await writer.write(
          id, "Product \(id) of the catalogue, 128 GB", id * 7919 % 1_000_003, id % 3 != 0,
          Timestamp(microseconds: 1_767_225_600_000_000 + id * 1_000_000))
      }
    }
  }

  private func copyFile(_ pool: PostgresPool) async throws -> Int {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ValidationError("\(file) cannot be read") }
    defer { close(descriptor) }
    return try await pool.copyIn(statement: "COPY bench_copy FROM STDIN") { writer in
      while true {
        let chunk = [UInt8](unsafeUninitializedCapacity: 128 << 10) { buffer, count in
          count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        if chunk.isEmpty { return }
        try await writer.write(bytes: chunk)
      }
    }
  }
}
