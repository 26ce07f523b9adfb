-- A brand's products by price. Without it a rare brand costs a walk through the prices of all.
CREATE INDEX product_price_brand_price ON product_price (brand_key, currency, price, product_id) WHERE is_active;

-- A title has some sixty trigrams, each an entry of its own: kept together, and brought in many at a time, they cost an
-- import a fraction. Only the search by likeness has to look through those that wait, 4 MB at most.
ALTER INDEX product_trigrams SET (fastupdate = on, gin_pending_list_limit = 4096);
