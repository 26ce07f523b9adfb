package import EventLog
package import PostgresClient

/// What the service's storage is made of: one pool, the log of events, the rules, and how often listings are checked.
package struct PricingDatabase: Sendable {
  package let pool: PostgresPool
  package let schema: String
  package let outbox: Outbox
  package let partitions: ObservationPartitions
  package let rulebook: DealRulebook
  package let intervals: CheckIntervals

  /// - Parameter schema: whose tables unqualified names mean on the pool's connections.
  package init(
    pool: PostgresPool, schema: String = "pricing", rulebook: DealRulebook = DealRulebook(),
    intervals: CheckIntervals = .standard
  ) {
    self.pool = pool
    self.schema = schema
    self.rulebook = rulebook
    self.intervals = intervals
    outbox = Outbox(schema: schema)
    partitions = ObservationPartitions(pool: pool)
  }
}
