-- What servers tell each other that share a database: which of them may go on
-- after a later one has changed the schema, and what was asked for in a minute.

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
