-- A change is read and written with its portions, and never without: they stand
-- in its row.

-- +goose Up
ALTER TABLE changes ADD COLUMN portions TEXT COLLATE "C" NOT NULL DEFAULT 'null';
UPDATE changes SET portions = p.portions FROM (
    SELECT world, change_id, json_agg(json_build_object('quantity', quantity, 'status', status, 'reason', reason) ORDER BY part)::TEXT AS portions
    FROM portions GROUP BY world, change_id
) AS p WHERE changes.world = p.world AND changes.change_id = p.change_id;
DROP TABLE portions;
