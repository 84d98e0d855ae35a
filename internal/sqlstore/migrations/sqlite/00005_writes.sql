-- What writes leave behind: events, audit records, answers that are given again,
-- and who runs what is due.

-- +goose Up
-- A world's settings are one document, so that a new one is no new column.
ALTER TABLE worlds ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
UPDATE worlds SET settings = json_object('refreshInterval', refresh_interval, 'mfa', mfa, 'mfaShare', mfa_share);
ALTER TABLE worlds DROP COLUMN refresh_interval;
ALTER TABLE worlds DROP COLUMN mfa;
ALTER TABLE worlds DROP COLUMN mfa_share;

-- The real instant of a due row follows from its world's clock.
DROP INDEX due_in_real_time;
ALTER TABLE due DROP COLUMN real_at;
ALTER TABLE due ADD COLUMN cause TEXT NOT NULL DEFAULT '';
CREATE INDEX due_of_a_subject ON due (world, kind, subject, at, id);
-- Work that failed is not tried again before an instant of real time.
ALTER TABLE due ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE due ADD COLUMN retry_at INTEGER;
CREATE INDEX due_that_failed ON due (world, retry_at) WHERE retry_at IS NOT NULL;

ALTER TABLE changes ADD COLUMN offer TEXT NOT NULL DEFAULT '';
ALTER TABLE changes ADD COLUMN before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN undo TEXT NOT NULL DEFAULT 'null';
ALTER TABLE changes ADD COLUMN cycle TEXT NOT NULL DEFAULT '';
ALTER TABLE changes ADD COLUMN started_at INTEGER;
ALTER TABLE changes ADD COLUMN provisioner TEXT NOT NULL DEFAULT '';
CREATE INDEX changes_outside ON changes (world, asked_at, change_id) WHERE settled_at IS NULL AND provisioner <> '';
CREATE INDEX changes_of_a_subscription ON changes (world, customer, subscription, asked_at, change_id);

-- The SKU of the published seats, where a renewal has brought another.
ALTER TABLE subscriptions ADD COLUMN published_sku_id TEXT;

CREATE TABLE events (
    world               TEXT    NOT NULL REFERENCES worlds,
    world_cased         TEXT,
    event_id            TEXT    NOT NULL,
    at                  INTEGER NOT NULL,
    real_at             INTEGER NOT NULL,
    kind                TEXT    NOT NULL,
    customer            TEXT    NOT NULL,
    subscription        TEXT    NOT NULL,
    record              TEXT    NOT NULL,
    PRIMARY KEY (world, event_id)
) STRICT;
CREATE INDEX events_of_a_subscription ON events (world, customer, subscription, event_id);

CREATE TABLE audit (
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
    PRIMARY KEY (world, partner, record_id)
) STRICT;
CREATE INDEX audit_by_age ON audit (world, partner, at, record_id);

-- An answer is kept under the hash of who asked for what, in real time.
CREATE TABLE answers (
    world               TEXT    NOT NULL REFERENCES worlds,
    key                 TEXT    NOT NULL,
    at                  INTEGER NOT NULL,
    answer              TEXT    NOT NULL,
    PRIMARY KEY (world, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at);

-- One server at a time runs what is due in a world; until is real time.
CREATE TABLE leases (
    world               TEXT    NOT NULL PRIMARY KEY REFERENCES worlds,
    holder              TEXT    NOT NULL,
    epoch               INTEGER NOT NULL,
    until               INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A customer's version counts the changes of its billing profile.
ALTER TABLE customers ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX customers_by_domain ON customers (world, domain, created_at, customer);

CREATE TABLE agreements (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    customer            TEXT    NOT NULL,
    customer_cased      TEXT,
    number              INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    resource            TEXT    NOT NULL,
    PRIMARY KEY (world, customer, number),
    FOREIGN KEY (world, customer) REFERENCES customers
) STRICT, WITHOUT ROWID;
-- A cart is one document: its lines are read and written with it.
CREATE TABLE carts (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    customer            TEXT    NOT NULL,
    customer_cased      TEXT,
    cart_id             TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    resource            TEXT    NOT NULL,
    PRIMARY KEY (world, customer, cart_id),
    FOREIGN KEY (world, customer) REFERENCES customers
) STRICT;
CREATE INDEX carts_by_age ON carts (world, customer, created_at, cart_id);

-- A world that is being imported is not whole yet; the row goes with the last
-- line of the file.
CREATE TABLE imports (
    world               TEXT    NOT NULL PRIMARY KEY REFERENCES worlds,
    state               TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
