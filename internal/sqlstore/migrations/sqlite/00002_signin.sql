-- A refresh token is exchanged once, for the next of its family. Those from
-- before this schema are families of their own.

-- +goose Up
ALTER TABLE refresh_tokens ADD COLUMN family TEXT NOT NULL DEFAULT '';
ALTER TABLE refresh_tokens ADD COLUMN confidential INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refresh_tokens ADD COLUMN spent_at INTEGER;
UPDATE refresh_tokens SET family = hash;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (world, family);
CREATE INDEX spent_refresh_tokens ON refresh_tokens (world, expires_at) WHERE spent_at IS NOT NULL;

CREATE TABLE app_registrations (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    app                 TEXT    NOT NULL,
    app_cased           TEXT,
    redirect_uris       TEXT    NOT NULL,
    certificates        TEXT    NOT NULL,
    single_use          INTEGER NOT NULL,
    PRIMARY KEY (world, partner, app),
    FOREIGN KEY (world, partner, app) REFERENCES accounts
) STRICT;
