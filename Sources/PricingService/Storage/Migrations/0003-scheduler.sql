-- Kinds of work that can be paused.
CREATE TABLE job (
  name text PRIMARY KEY,
  paused_at timestamptz
);
INSERT INTO job (name) VALUES ('price-check'), ('product-fetch'), ('notify');

-- Hosts that are asked for prices, and what they allow. A claim of work locks the row.
CREATE TABLE source (
  name text COLLATE "C" PRIMARY KEY,
  rate_millihertz integer NOT NULL CHECK (rate_millihertz >= 0),
  concurrency integer NOT NULL CHECK (concurrency >= 0),
  daily_budget integer NOT NULL DEFAULT 0 CHECK (daily_budget >= 0),
  is_paused boolean NOT NULL DEFAULT false,
  blocked_until timestamptz,
  -- When the next request may be made, by the rate.
  next_at timestamptz NOT NULL DEFAULT '-infinity',
  used_on date NOT NULL DEFAULT '-infinity',
  used integer NOT NULL DEFAULT 0,
  last_error text NOT NULL DEFAULT ''
) WITH (fillfactor = 50);

-- Outcomes by hour, for the figures of 24 hours.
CREATE TABLE source_hour (
  source text COLLATE "C" NOT NULL,
  hour timestamptz NOT NULL,
  succeeded bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (source, hour)
) WITH (fillfactor = 50);

-- When each listing is looked at next. A lease moves `due_at` to the lease's end, so that what a killed worker held
-- comes back by itself.
CREATE TABLE check_schedule (
  listing_id bigint PRIMARY KEY REFERENCES listing (id),
  job text NOT NULL,
  source text COLLATE "C" NOT NULL,
  -- 1 hot, 2 normal, 3 cold.
  priority smallint NOT NULL,
  due_at timestamptz NOT NULL,
  -- While leased: when it was due before.
  was_due_at timestamptz NOT NULL,
  lease_owner text,
  -- Checks in a row that changed nothing, and that failed.
  unchanged smallint NOT NULL DEFAULT 0,
  failures smallint NOT NULL DEFAULT 0,
  checked_at timestamptz,
  etag text NOT NULL DEFAULT '',
  last_modified text NOT NULL DEFAULT ''
) WITH (fillfactor = 70);
CREATE INDEX check_schedule_due ON check_schedule (source, job, priority, due_at);
CREATE INDEX check_schedule_leased ON check_schedule (source) WHERE lease_owner IS NOT NULL;
CREATE INDEX check_schedule_job ON check_schedule (job, due_at);

-- Processes that check listings.
CREATE TABLE worker (
  id text PRIMARY KEY,
  seen_at timestamptz NOT NULL
);

-- What was done. Partitions are days, dropped after a while.
CREATE SEQUENCE run_id AS bigint;
CREATE TABLE run (
  id bigint NOT NULL DEFAULT nextval('run_id'),
  job text NOT NULL,
  listing_id bigint NOT NULL,
  source text COLLATE "C" NOT NULL,
  worker text NOT NULL,
  started_at timestamptz NOT NULL,
  duration_us bigint NOT NULL,
  -- RunOutcome of scheduler.proto.
  outcome smallint NOT NULL,
  detail text NOT NULL DEFAULT '',
  PRIMARY KEY (started_at, id)
) PARTITION BY RANGE (started_at);
CREATE INDEX run_listing ON run (listing_id, started_at DESC, id DESC);
