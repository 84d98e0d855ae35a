-- What servers tell each other that share a database: which of them may go on
-- after a later one has changed the schema, and what was asked for in a minute.
--
-- What each write leaves (due, events, audit, answers) does not reference its
-- world any more. Each reference would lock the world's row against being removed,
-- in which all who write at once meet. A write has read its world, and who removes
-- one looks for its rows: of the two, being serializable, one is done anew.

-- +goose Up
CREATE TABLE schema_versions (
    version              BIGINT            NOT NULL PRIMARY KEY,
    -- the schema that the oldest program knows which this one still serves
    oldest               BIGINT            NOT NULL
);
INSERT INTO schema_versions (version, oldest) VALUES (8, 8);

CREATE TABLE request_counts (
    began                BIGINT            NOT NULL,
    kind                 TEXT COLLATE "C"  NOT NULL,
    partner              TEXT COLLATE "C"  NOT NULL,
    customer             TEXT COLLATE "C"  NOT NULL,
    requests             BIGINT            NOT NULL,
    PRIMARY KEY (began, kind, partner, customer)
);

ALTER TABLE due     DROP CONSTRAINT due_world_fkey;
ALTER TABLE events  DROP CONSTRAINT events_world_fkey;
ALTER TABLE audit   DROP CONSTRAINT audit_world_fkey;
ALTER TABLE answers DROP CONSTRAINT answers_world_fkey;
