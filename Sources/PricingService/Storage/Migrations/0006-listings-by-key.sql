-- All that the write path asks of a listing by its key, so that it reads the index alone.
DROP INDEX listing_key;
CREATE INDEX listing_key ON listing (shop, external_id, id) INCLUDE (currency) WHERE removed_at IS NULL;
