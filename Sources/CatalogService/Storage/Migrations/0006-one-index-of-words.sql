-- product_words answers what it did. In a transaction of its own: it waits for those who read, and holds up nobody longer.
DROP INDEX product_search;
