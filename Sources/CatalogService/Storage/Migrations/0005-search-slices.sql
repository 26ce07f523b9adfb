-- The words of a search beside the slice of ids that a product is in: a search for words that many products have looks at
-- the newest slices first, within the lists of these words (ProductListStatement). Writes of products wait while it is
-- built, some 20 s for a million; reads do not.
CREATE INDEX product_words ON product USING gin ((ARRAY[id >> 14]), search) WITH (fastupdate = off);
