CREATE SEQUENCE deal_id AS bigint;

CREATE TABLE deal (
  id bigint PRIMARY KEY,
  listing_id bigint NOT NULL,
  opened_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  closed_at timestamptz,
  -- DealCloseReason of pricing.proto.
  close_reason smallint,
  price bigint NOT NULL,
  real_discount integer NOT NULL,
  verdict smallint NOT NULL,
  score integer NOT NULL,
  is_out_of_stock boolean NOT NULL,
  -- Deal, packed: with its evidence.
  facts bytea NOT NULL,
  -- Copies from the listing, so that lists need no join to filter.
  product_id bigint NOT NULL,
  shop text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX deal_listing ON deal (listing_id, opened_at);
CREATE INDEX deal_product ON deal (product_id, id);
CREATE INDEX deal_open_score ON deal (score DESC, id DESC) WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_discount ON deal (real_discount DESC, id DESC) WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_newest ON deal (opened_at DESC, id DESC) WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_category ON deal (category, score DESC) WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_shop ON deal (shop, score DESC) WHERE closed_at IS NULL AND NOT is_out_of_stock;
