/// A plan that a server has executed, as `auto_explain` told it.
package struct ExecutedPlan: Sendable, CustomStringConvertible {
  /// The statement's text, with its parameters' places.
  package let statement: String
  /// The plan, with the rows that each step really gave.
  package let text: String

  package var description: String { statement + "\n" + text }

  /// The tables, or partitions, of which a sequential scan read more than `rows` rows.
  package func sequentialScans(over rows: Int) -> [String] {
    steps.filter { $0.rows > rows }.compactMap { step in
      guard let range = step.line.firstRange(of: "Seq Scan on ") else { return nil }
      return step.line[range.upperBound...].split(separator: " ").first.map(String.init)
    }
  }

  /// The most rows that one step read from a table or an index, with those that it then threw away.
  package var mostRowsRead: Int { steps.map(\.rows).max() ?? 0 }

  /// The scans that were executed, and the rows that each read.
  private var steps: [(line: Substring, rows: Int)] {
    var steps: [(line: Substring, rows: Int)] = []
    var loops = 0
    for line in text.split(separator: "\n") {
      if let actual = line.firstRange(of: "(actual rows=") {
        let numbers = line[actual.upperBound...].split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard line.contains(" Scan "), numbers.count == 2 else {
          loops = 0
          continue
        }
        loops = numbers[1]
        steps.append((line, numbers[0] * loops))
      } else if line.contains("Rows Removed by"), let last = steps.indices.last,
        let count = line.split(separator: " ").last.flatMap({ Int($0) })
      {
        steps[last].rows += count * loops
      }
    }
    return steps
  }
}

/// The plans of all statements that a server executes, from its log: the real ones, whoever sent them and however they
/// were prepared.
package struct PlanLog: Sendable {
  /// Settings of a server whose plans are read. Costs are those of fast disks, as `dev/mesh.py` sets them. Tests' tables
  /// are small enough for a sequential scan to be the cheaper way; without it the plan is that of a large table, and a
  /// sequential scan is left only where no index helps.
  package static let settings = [
    "session_preload_libraries": "'auto_explain'", "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on", "auto_explain.log_timing": "off", "log_line_prefix": "'@@'",
    "random_page_cost": "1.1", "jit": "off", "autovacuum": "off", "enable_seqscan": "off",
  ]

  private let server: PrivatePostgres
  private var read: Int

  /// Begins behind what the server has logged so far.
  package init(_ server: PrivatePostgres) {
    self.server = server
    read = server.log.utf8.count
  }

  /// What was executed since the last time. The last statements of a connection are told at the latest when it closes.
  package mutating func plans() -> [ExecutedPlan] {
    let log = Array(server.log.utf8)
    defer { read = log.count }
    let text = String(decoding: log[min(read, log.count)...], as: UTF8.self)
    return text.split(separator: "\n@@").compactMap { entry in
      guard let start = entry.firstRange(of: "Query Text: ") else { return nil }
      let lines = entry[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
      // The statement ends where the plan's first step begins: the first line that tells costs.
      guard let plan = lines.firstIndex(where: { $0.contains("(cost=") }) else { return nil }
      return ExecutedPlan(
        statement: lines[..<plan].joined(separator: "\n"), text: lines[plan...].joined(separator: "\n"))
    }
  }
}
