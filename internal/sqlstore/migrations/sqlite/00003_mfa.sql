-- +goose Up
ALTER TABLE worlds ADD COLUMN mfa_share INTEGER NOT NULL DEFAULT 100;

-- Seen calls without multifactor authentication. A key whose app, user and route
-- are empty counts the calls that are not told apart. What was seen stays when
-- its partner goes.
CREATE TABLE mfa_calls (
    world               TEXT    NOT NULL REFERENCES worlds,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    app                 TEXT    NOT NULL,
    app_cased           TEXT,
    user_id             TEXT    NOT NULL,
    user_id_cased       TEXT,
    route               TEXT    NOT NULL,
    upn                 TEXT    NOT NULL,
    calls               INTEGER NOT NULL,
    refused             INTEGER NOT NULL,
    first_seen          INTEGER NOT NULL,
    last_seen           INTEGER NOT NULL,
    PRIMARY KEY (world, app, user_id, route, partner)
) STRICT, WITHOUT ROWID;
