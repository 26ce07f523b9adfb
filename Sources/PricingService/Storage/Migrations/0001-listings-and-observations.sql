-- Listings as the catalogue tells of them.
CREATE TABLE listing (
  id bigint PRIMARY KEY,
  product_id bigint NOT NULL,
  shop text COLLATE "C" NOT NULL,
  external_id text COLLATE "C" NOT NULL,
  url text NOT NULL,
  currency text NOT NULL,
  locale text NOT NULL,
  -- "page", "feed" or "push".
  source text NOT NULL,
  product_title text NOT NULL,
  category text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  -- When the catalogue dropped it. Its history stays.
  removed_at timestamptz
);
CREATE INDEX listing_product ON listing (product_id, id);
-- Not unique: events of different products may arrive in another order than they happened.
CREATE INDEX listing_key ON listing (shop, external_id) WHERE removed_at IS NULL;

-- What a listing's observations amount to, in one row that the write path reads and writes.
CREATE TABLE listing_state (
  listing_id bigint PRIMARY KEY REFERENCES listing (id),
  -- ListingFold, packed; empty before the first observation.
  state bytea NOT NULL DEFAULT '',
  -- When the open deal ends if nothing more is seen.
  deadline timestamptz,
  -- The deal whose end by time alone has been told, and the end.
  announced_deal bigint,
  announced_at timestamptz,
  -- Rises with each change: a writer that read an older one starts over.
  version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX listing_state_deadline ON listing_state (deadline) WHERE deadline IS NOT NULL;

-- Every observation that stands, one for a listing and a moment. Partitions are months, made as needed.
CREATE TABLE observation (
  listing_id bigint NOT NULL,
  observed_at timestamptz NOT NULL,
  -- Minor units.
  price bigint,
  list_price bigint,
  -- 1 in stock, 2 out of stock, 3 preorder, 4 unknown.
  availability smallint NOT NULL,
  -- 0 repeat, 1 change, 2 unconfirmed, 3 glitch, 4 set aside.
  role smallint NOT NULL,
  seller text,
  source text,
  PRIMARY KEY (listing_id, observed_at)
) PARTITION BY RANGE (observed_at);
-- The history is the changes.
CREATE INDEX observation_change ON observation (listing_id, observed_at) WHERE role = 1;

-- What was refused or displaced, once for each reason.
CREATE TABLE rejected_observation (
  listing_id bigint NOT NULL,
  observed_at timestamptz NOT NULL,
  -- RejectionReason of pricing.proto.
  reason smallint NOT NULL,
  -- Minor units as they came; 0 where there was none.
  price bigint NOT NULL,
  source text NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (listing_id, observed_at, reason, price)
);
