-- What a write leaves is a page in each tree that hears of it, which goes to the
-- log, and later to the file. Fewer trees hear of it from here on.
--
-- Unused since schema 8: nobody asks for the events of one subscription, and what
-- else goes comes again under its name, with all its columns: only how its rows lie
-- is different.

-- +goose Up
DROP INDEX IF EXISTS events_of_a_subscription;

-- Lines of orders are looked for among purchases alone.
DROP INDEX IF EXISTS changes_by_line;
CREATE INDEX IF NOT EXISTS purchases_by_line ON changes (world, customer, order_id, line, change_id) WHERE kind = 'purchase';
-- A subscription's id needs no world to be found by.
DROP INDEX IF EXISTS changes_of_a_subscription;
CREATE INDEX IF NOT EXISTS changes_by_subscription ON changes (customer, subscription, asked_at, change_id);

-- A record's id, which is long, ends in its instant: in the order in which records
-- are listed, they are told apart as well, and written one beside another.
CREATE TABLE audit_in_order (
    world               TEXT    NOT NULL REFERENCES worlds,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    record_id           TEXT    NOT NULL,
    at                  INTEGER NOT NULL,
    customer            TEXT    NOT NULL,
    company_name        TEXT    NOT NULL,
    resource_type       TEXT    NOT NULL,
    record              TEXT    NOT NULL,
    PRIMARY KEY (world, partner, at, record_id)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_in_order SELECT * FROM audit ORDER BY world, partner, at, record_id;
DROP TABLE audit;
ALTER TABLE audit_in_order RENAME TO audit;

-- An answer fills half a page: in a tree of its own order, and not in that of the
-- keys, the last ones lie together, and keys take less room.
CREATE TABLE answers_in_order (
    world               TEXT    NOT NULL REFERENCES worlds,
    key                 TEXT    NOT NULL,
    at                  INTEGER NOT NULL,
    answer              TEXT    NOT NULL,
    PRIMARY KEY (world, key)
) STRICT;
INSERT INTO answers_in_order SELECT * FROM answers ORDER BY at;
DROP TABLE answers;
ALTER TABLE answers_in_order RENAME TO answers;
CREATE INDEX answers_by_age ON answers (at);
INSERT INTO schema_versions (version, oldest) VALUES (10, 9);
