-- A change is read and written with its portions, and never without: they stand
-- in its row.

-- +goose Up
ALTER TABLE changes ADD COLUMN portions TEXT NOT NULL DEFAULT 'null';
UPDATE changes SET portions = p.portions FROM (
    SELECT world, change_id, json_group_array(json_object('quantity', quantity, 'status', status, 'reason', reason)) AS portions
    FROM (SELECT * FROM portions ORDER BY world, change_id, part) GROUP BY world, change_id
) AS p WHERE changes.world = p.world AND changes.change_id = p.change_id;
DROP TABLE portions;
