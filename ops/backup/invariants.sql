-- What must hold in a whole database of the mesh. Each row is a violation: which rule, and figures. None is well.
-- Run it as a superuser (or the owner of everything) in the database fiyatradari.

-- A consumer is never ahead of the log that it follows: its position was committed after the event's.
SELECT 'an inbox is ahead of its source' AS rule, i.source || ' partition ' || i.partition AS detail
FROM (
  SELECT source, partition, transaction, sequence FROM catalog.event_inbox
  UNION ALL SELECT source, partition, transaction, sequence FROM pricing.event_inbox
  UNION ALL SELECT source, partition, transaction, sequence FROM notifier.event_inbox) AS i
JOIN (
  SELECT 'catalog' AS source, last_value FROM catalog.event_log_sequence
  UNION ALL SELECT 'pricing', last_value FROM pricing.event_log_sequence) AS s USING (source)
WHERE i.sequence > s.last_value OR i.transaction >= pg_snapshot_xmax(pg_current_snapshot())
UNION ALL
-- Events belong to transactions that this server has seen.
SELECT 'an event is from a transaction to come', 'catalog ' || count(*) FROM catalog.event_log
WHERE transaction >= pg_snapshot_xmax(pg_current_snapshot()) HAVING count(*) > 0
UNION ALL
SELECT 'an event is from a transaction to come', 'pricing ' || count(*) FROM pricing.event_log
WHERE transaction >= pg_snapshot_xmax(pg_current_snapshot()) HAVING count(*) > 0
UNION ALL
-- What was seen of a listing lies with a listing.
SELECT 'observations without a listing', count(*)::text FROM (
  SELECT DISTINCT listing_id FROM pricing.observation) AS o
WHERE NOT EXISTS (SELECT FROM pricing.listing_state AS s WHERE s.listing_id = o.listing_id) HAVING count(*) > 0
UNION ALL
SELECT 'deals without a listing', count(*)::text FROM pricing.deal AS d
WHERE NOT EXISTS (SELECT FROM pricing.listing AS l WHERE l.id = d.listing_id) HAVING count(*) > 0
UNION ALL
SELECT 'deals with ids to come', count(*)::text FROM pricing.deal
WHERE id > (SELECT last_value FROM pricing.deal_id) HAVING count(*) > 0
UNION ALL
-- Each product's best price is one of its listings' prices.
SELECT 'a product''s price is no listing''s', count(*)::text FROM catalog.product_price AS p
WHERE NOT EXISTS (
  SELECT FROM catalog.listing_price AS l
  WHERE l.listing_id = p.listing_id AND l.price = p.price AND l.currency = p.currency) HAVING count(*) > 0
UNION ALL
-- A message that was sent says when; one that waits does not.
SELECT 'a delivery''s state and times do not agree', count(*)::text FROM notifier.delivery
WHERE (state = 2) <> (sent_at IS NOT NULL) HAVING count(*) > 0
UNION ALL
SELECT 'deliveries to channels that are not there', count(*)::text FROM notifier.delivery AS d
WHERE state = 1 AND NOT EXISTS (SELECT FROM notifier.channel AS c WHERE c.id = d.channel_id) HAVING count(*) > 0
UNION ALL
SELECT 'constraints that were never validated', string_agg(conrelid::regclass || '.' || conname, ', ')
FROM pg_constraint WHERE NOT convalidated HAVING count(*) > 0
UNION ALL
SELECT 'indexes that are not valid', string_agg(indexrelid::regclass::text, ', ')
FROM pg_index WHERE NOT indisvalid HAVING count(*) > 0;
