-- What visitors did, without a word of who they are. Partitions are days of UTC, made ahead and dropped after a while.
CREATE TABLE analytics_event (
  -- When it arrived.
  at timestamptz NOT NULL,
  -- EventKind of the contract.
  kind smallint NOT NULL,
  -- Another one each day; see analytics_salt.
  visitor uuid NOT NULL,
  product_id bigint,
  deal_id bigint,
  listing_id bigint,
  -- Of visits that the gateway itself sent on.
  shop text,
  query text,
  -- Found by a search.
  results integer,
  page text,
  language text
) PARTITION BY RANGE (at);
CREATE INDEX analytics_event_at ON analytics_event (at);

-- The key of a day's visitor ids; days are counted from 1970. Not in the log: no replica, archive or backup of the server's
-- files has it, so that what is deleted an hour after the day is gone. A crash makes a new one.
CREATE UNLOGGED TABLE analytics_salt (
  day integer PRIMARY KEY,
  salt bytea NOT NULL CHECK (octet_length(salt) = 32)
);

-- Batches that were written, for as long as one may be sent again.
CREATE TABLE analytics_batch (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX analytics_batch_at ON analytics_batch (at);

-- The visitors of today, to be counted.
CREATE TABLE analytics_visitor (
  day integer NOT NULL,
  visitor uuid NOT NULL,
  PRIMARY KEY (day, visitor)
);

-- Hours whose events are not rolled up yet, or not all. A writer locks the row of its hour until it commits, so whoever
-- takes the row away sees what was written.
CREATE TABLE analytics_due (
  hour timestamptz PRIMARY KEY
);

-- Hours rolled up.
CREATE TABLE analytics_hour (
  -- 0 all, 1 product, 2 listing, 3 shop, 4 query, 5 page.
  dimension smallint NOT NULL,
  hour timestamptz NOT NULL,
  -- EventKind; 0 for all kinds together.
  kind smallint NOT NULL,
  -- Which product, listing and so on.
  subject text NOT NULL,
  events bigint NOT NULL,
  -- Different ones.
  visitors bigint NOT NULL,
  -- Searches that found nothing.
  empty bigint NOT NULL,
  PRIMARY KEY (dimension, hour, kind, subject)
);

-- Different visitors of days, counted from 1970.
CREATE TABLE analytics_day (
  day integer PRIMARY KEY,
  visitors bigint NOT NULL
);
