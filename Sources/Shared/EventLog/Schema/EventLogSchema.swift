/// The tables of the two ends, as text for a service's migration files. They are made by the service's own role in its
/// own schema and need no other right.
package enum EventLogSchema {
  /// What a service needs that tells others of its changes: the log, the lowest position that is still whole, and how
  /// far each subscriber has come.
  ///
  /// The log's time partitions are made and dropped by `EventFeed.run()`. Rows for which none has been made go to
  /// `event_log_default` and are moved from there, so that no write ever fails for want of a partition.
  package static func outbox(schema: String) -> String {
    let names = LogNames(schema: schema)
    return """
      -- Event numbers. CACHE 1: a number must not be lower than one that another session has used before.
      CREATE SEQUENCE \(names.sequence) AS bigint CACHE 1;

      CREATE TABLE \(names.log) (
        transaction xid8 NOT NULL,
        sequence bigint NOT NULL DEFAULT nextval('\(names.sequence)'),
        partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
        key bigint NOT NULL,
        occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        payload bytea NOT NULL
      ) PARTITION BY RANGE (occurred_at);

      -- Readers go by position; every time partition has this index.
      CREATE INDEX event_log_position ON \(names.log) (transaction, sequence);

      -- Rows whose time partition does not exist yet.
      CREATE TABLE \(names.overflow) PARTITION OF \(names.log) DEFAULT;

      -- The highest position that was ever dropped: one row.
      CREATE TABLE \(names.floor) (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        transaction xid8 NOT NULL DEFAULT '0',
        sequence bigint NOT NULL DEFAULT 0
      );
      INSERT INTO \(names.floor) DEFAULT VALUES;

      -- What each subscriber has stored for good, as it last said. Nothing behind it is dropped.
      CREATE TABLE \(names.subscribers) (
        name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
        partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
        transaction xid8 NOT NULL,
        sequence bigint NOT NULL,
        asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (name, partition)
      ) WITH (fillfactor = 50);

      """
  }

  /// What a service needs that follows others' events: one cursor for each source and partition, with its lease, and
  /// the processes that share them.
  package static func inbox(schema: String) -> String {
    let names = LogNames(schema: schema)
    return """
      -- The position up to which a partition's events are applied. It is written by the transaction that applies them.
      CREATE TABLE \(names.inbox) (
        source text NOT NULL CHECK (length(source) BETWEEN 1 AND 64),
        partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
        transaction xid8 NOT NULL DEFAULT '0',
        sequence bigint NOT NULL DEFAULT 0,
        -- The process that applies this partition's events, until then; each new holder raises the epoch.
        owner text,
        leased_until timestamptz,
        epoch bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (source, partition)
      ) WITH (fillfactor = 50);

      -- Processes that follow a source, with their last sign of life.
      CREATE TABLE \(names.members) (
        source text NOT NULL,
        member text NOT NULL,
        seen_at timestamptz NOT NULL,
        PRIMARY KEY (source, member)
      ) WITH (fillfactor = 50);

      """
  }
}
