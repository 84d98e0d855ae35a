-- What a write leaves costs a place in each index that hears of it. Fewer hear of
-- it from here on. Other servers go on writing meanwhile: each index is built beside
-- them, and one that was left half built is built anew.
--
-- Unused since schema 8: nobody asks for the events of one subscription, and what
-- else goes comes again, narrower.

-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS events_of_a_subscription;

-- Lines of orders are looked for among purchases alone.
DROP INDEX CONCURRENTLY IF EXISTS purchases_by_line;
CREATE INDEX CONCURRENTLY purchases_by_line ON changes (world, customer, order_id, line, change_id) WHERE kind = 'purchase';
DROP INDEX CONCURRENTLY IF EXISTS changes_by_line;
-- A subscription's id needs no world to be found by.
DROP INDEX CONCURRENTLY IF EXISTS changes_by_subscription;
CREATE INDEX CONCURRENTLY changes_by_subscription ON changes (customer, subscription, asked_at, change_id);
DROP INDEX CONCURRENTLY IF EXISTS changes_of_a_subscription;

-- A record's id, which is long, ends in its instant: in the order in which records
-- are listed, they are told apart as well.
DROP INDEX CONCURRENTLY IF EXISTS audit_in_order;
CREATE UNIQUE INDEX CONCURRENTLY audit_in_order ON audit (world, partner, at, record_id);
ALTER TABLE audit DROP CONSTRAINT IF EXISTS audit_pkey, ADD CONSTRAINT audit_pkey PRIMARY KEY USING INDEX audit_in_order;
DROP INDEX CONCURRENTLY IF EXISTS audit_by_age;
DELETE FROM schema_versions WHERE version = 10;
INSERT INTO schema_versions (version, oldest) VALUES (10, 9);
