-- The newest products of a category among those of a price range or with a discount: walked from the newest on, where the
-- range is too wide for product_price_category_price to be read whole.
CREATE INDEX product_price_category_newest ON product_price (category_id, product_id) WHERE is_active;
