package import EventLog
package import PostgresClient

/// What the service's storage is made of: one pool, the log of events, and the rules.
package struct PricingDatabase: Sendable {
  package let pool: PostgresPool
  package let schema: String
  package let outbox: Outbox
  package let partitions: ObservationPartitions
  package let rulebook: DealRulebook

  /// - Parameter schema: whose tables unqualified names mean on the pool's connections.
  package init(pool: PostgresPool, schema: String = "pricing", rulebook: DealRulebook = DealRulebook()) {
    self.pool = pool
    self.schema = schema
    self.rulebook = rulebook
    outbox = Outbox(schema: schema)
    partitions = ObservationPartitions(pool: pool)
  }
}
