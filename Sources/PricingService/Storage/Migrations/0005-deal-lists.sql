-- The open deals of a category or a shop in each order, so that a small one costs no walk through the deals of all.
DROP INDEX deal_open_category;
DROP INDEX deal_open_shop;
CREATE INDEX deal_open_category_score ON deal (category, score DESC, id DESC)
  WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_category_discount ON deal (category, real_discount DESC, id DESC)
  WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_category_newest ON deal (category, opened_at DESC, id DESC)
  WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_shop_score ON deal (shop, score DESC, id DESC) WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_shop_discount ON deal (shop, real_discount DESC, id DESC)
  WHERE closed_at IS NULL AND NOT is_out_of_stock;
CREATE INDEX deal_open_shop_newest ON deal (shop, opened_at DESC, id DESC)
  WHERE closed_at IS NULL AND NOT is_out_of_stock;
