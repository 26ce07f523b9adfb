-- Event numbers. CACHE 1: a number must not be lower than one that another session has used before.
CREATE SEQUENCE event_log_sequence AS bigint CACHE 1;

CREATE TABLE event_log (
  transaction xid8 NOT NULL,
  sequence bigint NOT NULL DEFAULT nextval('event_log_sequence'),
  partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
  key bigint NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  payload bytea NOT NULL
) PARTITION BY RANGE (occurred_at);

-- Readers go by position; every time partition has this index.
CREATE INDEX event_log_position ON event_log (transaction, sequence);

-- Rows whose time partition does not exist yet.
CREATE TABLE event_log_default PARTITION OF event_log DEFAULT;

-- The highest position that was ever dropped: one row.
CREATE TABLE event_log_floor (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  transaction xid8 NOT NULL DEFAULT '0',
  sequence bigint NOT NULL DEFAULT 0
);
INSERT INTO event_log_floor DEFAULT VALUES;

-- What each subscriber has stored for good, as it last said. Nothing behind it is dropped.
CREATE TABLE event_subscriber (
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  partition smallint NOT NULL CHECK (partition BETWEEN 0 AND 63),
  transaction xid8 NOT NULL,
  sequence bigint NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (name, partition)
) WITH (fillfactor = 50);

-- The position up to which a partition's events are applied. It is written by the transaction that applies them.
CREATE TABLE event_inbox (
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
CREATE TABLE event_inbox_member (
  source text NOT NULL,
  member text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (source, member)
) WITH (fillfactor = 50);
