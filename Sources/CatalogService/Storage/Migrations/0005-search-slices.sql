-- The words of a search beside the slice of ids and the category (negative) that a product is in: the index leaps within the
-- lists of common words to the newest slices or to a category (ProductListStatement). Writes of products wait while it is
-- built, some 20 s for a million; reads do not.
CREATE INDEX product_words ON product USING gin ((ARRAY[id >> 14, -category_id]), search) WITH (fastupdate = off);
