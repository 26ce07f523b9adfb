internal import ArgumentParser

/// Measures PostgresClient against a running server and prints one JSON object: `Benchmarks/postgres/` makes a server
/// and tables, and runs this beside PostgreSQL's own clients.
@main
struct PostgresBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "postgres-bench", abstract: "Measures PostgresClient.",
    subcommands: [SelectBenchmark.self, CopyBenchmark.self])
}
