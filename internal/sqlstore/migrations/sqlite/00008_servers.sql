-- What servers tell each other that share a database: which of them may go on
-- after a later one has changed the schema, and what was asked for in a minute.

-- +goose Up
CREATE TABLE schema_versions (
    version             INTEGER NOT NULL PRIMARY KEY,
    -- the schema that the oldest program knows which this one still serves
    oldest              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO schema_versions (version, oldest) VALUES (8, 8);

CREATE TABLE request_counts (
    began               INTEGER NOT NULL,
    kind                TEXT    NOT NULL,
    partner             TEXT    NOT NULL,
    customer            TEXT    NOT NULL,
    requests            INTEGER NOT NULL,
    PRIMARY KEY (began, kind, partner, customer)
) STRICT, WITHOUT ROWID;
