-- The position up to which a partition's events are applied. It is written by the transaction that applies them.
CREATE TABLE "notifier".event_inbox (
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
CREATE TABLE "notifier".event_inbox_member (
  source text NOT NULL,
  member text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (source, member)
) WITH (fillfactor = 50);
