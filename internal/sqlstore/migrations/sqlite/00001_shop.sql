-- Conventions. A column that names a row (world, partner, customer, ...) holds
-- the id in lower case; beside it, <column>_cased holds the id as it was given,
-- or NULL where that is the same. Instants are 100 ns ticks since the year 1,
-- lengths of time are nanoseconds. Resources are JSON, last in their row, so
-- that reading what stands before them does not fetch them.

-- +goose Up
CREATE TABLE worlds (
    world               TEXT    NOT NULL PRIMARY KEY,
    world_cased         TEXT,
    name                TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    clock_offset        INTEGER NOT NULL,
    frozen_at           INTEGER,
    refresh_interval    INTEGER NOT NULL,
    mfa                 TEXT    NOT NULL
) STRICT;

CREATE TABLE partners (
    world               TEXT    NOT NULL REFERENCES worlds,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    tenant              TEXT    NOT NULL,
    tenant_cased        TEXT,
    kind                TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    mpn_id              TEXT,
    mpn_id_cased        TEXT,
    PRIMARY KEY (world, partner)
) STRICT;
CREATE UNIQUE INDEX a_tenant_is_one_partner ON partners (tenant);
CREATE UNIQUE INDEX a_world_has_one_provider ON partners (world) WHERE kind = 'provider';

CREATE TABLE accounts (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    account             TEXT    NOT NULL,
    account_cased       TEXT,
    place               INTEGER NOT NULL,
    kind                TEXT    NOT NULL,
    name                TEXT    NOT NULL,
    upn                 TEXT,
    upn_cased           TEXT,
    secret_hash         TEXT    NOT NULL,
    registered          INTEGER NOT NULL,
    description         TEXT    NOT NULL,
    PRIMARY KEY (world, partner, account),
    FOREIGN KEY (world, partner) REFERENCES partners
) STRICT;
CREATE UNIQUE INDEX a_sign_in_name_is_one_account ON accounts (world, partner, upn);
CREATE INDEX accounts_by_place ON accounts (world, place, partner, account);

CREATE TABLE agent_roles (
    world               TEXT    NOT NULL,
    partner             TEXT    NOT NULL,
    user_id             TEXT    NOT NULL,
    role                TEXT    NOT NULL,
    PRIMARY KEY (world, partner, user_id, role),
    FOREIGN KEY (world, partner) REFERENCES partners
) STRICT, WITHOUT ROWID;

CREATE TABLE customers (
    world               TEXT    NOT NULL REFERENCES worlds,
    world_cased         TEXT,
    customer            TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    company_name        TEXT    NOT NULL,
    domain              TEXT    NOT NULL,
    resource            TEXT    NOT NULL,
    PRIMARY KEY (world, customer)
) STRICT;

CREATE TABLE directory_roles (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    user_id             TEXT    NOT NULL,
    user_id_cased       TEXT,
    customer            TEXT    NOT NULL,
    customer_cased      TEXT,
    role                TEXT    NOT NULL,
    until               INTEGER,
    PRIMARY KEY (world, partner, user_id, customer, role),
    FOREIGN KEY (world, partner) REFERENCES partners,
    FOREIGN KEY (world, customer) REFERENCES customers
) STRICT, WITHOUT ROWID;

-- customer_since is the customer's created_at, so that a partner's customers
-- can be paged through in one index, however many others the world holds.
CREATE TABLE relationships (
    world               TEXT    NOT NULL,
    partner             TEXT    NOT NULL,
    customer            TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    customer_since      INTEGER,
    PRIMARY KEY (world, partner, customer, kind),
    FOREIGN KEY (world, partner) REFERENCES partners,
    FOREIGN KEY (world, customer) REFERENCES customers
) STRICT, WITHOUT ROWID;
CREATE INDEX relationships_by_age ON relationships (world, partner, kind, customer_since, customer);
CREATE INDEX relationships_by_customer ON relationships (world, customer, kind);

CREATE TABLE orders (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    customer            TEXT    NOT NULL,
    customer_cased      TEXT,
    order_id            TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    billing_cycle       TEXT    NOT NULL,
    version             INTEGER NOT NULL,
    legacy              INTEGER NOT NULL,
    resource            TEXT    NOT NULL,
    PRIMARY KEY (world, customer, order_id),
    FOREIGN KEY (world, customer) REFERENCES customers
) STRICT;
CREATE INDEX orders_by_age ON orders (world, customer, created_at, order_id);

-- The nine columns from sku_id to next_step_at are the provisioning; sku_id is
-- NULL where nothing is provisioned.
CREATE TABLE subscriptions (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    customer            TEXT    NOT NULL,
    customer_cased      TEXT,
    subscription        TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    legacy              INTEGER NOT NULL,
    status              TEXT    NOT NULL,
    order_id            TEXT    NOT NULL,
    mpn_id              TEXT    NOT NULL,
    parent              TEXT    NOT NULL,
    sku_id              TEXT,
    published_quantity  INTEGER,
    published_end       INTEGER,
    provisioned_quantity INTEGER,
    provisioned_end     INTEGER,
    outcome             TEXT,
    visible_at          INTEGER,
    unsettled           INTEGER,
    next_step_at        INTEGER,
    resource            TEXT    NOT NULL,
    PRIMARY KEY (world, customer, subscription),
    FOREIGN KEY (world, customer) REFERENCES customers
) STRICT;
CREATE INDEX subscriptions_by_age ON subscriptions (world, customer, created_at, subscription);

CREATE TABLE changes (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    change_id           TEXT    NOT NULL,
    change_id_cased     TEXT,
    kind                TEXT    NOT NULL,
    customer            TEXT    NOT NULL,
    customer_cased      TEXT,
    order_id            TEXT    NOT NULL,
    order_id_cased      TEXT,
    line                INTEGER NOT NULL,
    subscription        TEXT,
    subscription_cased  TEXT,
    asked_at            INTEGER NOT NULL,
    settled_at          INTEGER,
    next_step_at        INTEGER,
    PRIMARY KEY (world, change_id),
    FOREIGN KEY (world, customer) REFERENCES customers
) STRICT;
CREATE UNIQUE INDEX one_unsettled_change_per_subscription
    ON changes (world, customer, subscription) WHERE settled_at IS NULL;
CREATE INDEX changes_by_line ON changes (world, customer, kind, order_id, line, change_id);

CREATE TABLE portions (
    world               TEXT    NOT NULL,
    change_id           TEXT    NOT NULL,
    part                INTEGER NOT NULL,
    quantity            INTEGER NOT NULL,
    status              TEXT    NOT NULL,
    reason              TEXT    NOT NULL,
    PRIMARY KEY (world, change_id, part),
    FOREIGN KEY (world, change_id) REFERENCES changes
) STRICT, WITHOUT ROWID;

-- The one primary key without a world: SQLite hands out an id that no removed
-- row ever had only here, and a runner that comes late must not remove another
-- row under an id that it remembers.
CREATE TABLE due (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    world               TEXT    NOT NULL REFERENCES worlds,
    world_cased         TEXT,
    at                  INTEGER NOT NULL,
    real_at             INTEGER,
    kind                TEXT    NOT NULL,
    subject             TEXT    NOT NULL
) STRICT;
CREATE INDEX due_in_a_world ON due (world, at, id);
CREATE INDEX due_in_real_time ON due (real_at) WHERE real_at IS NOT NULL;

CREATE TABLE refresh_tokens (
    hash                TEXT    NOT NULL PRIMARY KEY,
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    user_id             TEXT    NOT NULL,
    app_id              TEXT    NOT NULL,
    mfa                 INTEGER NOT NULL,
    issued_at           INTEGER NOT NULL,
    expires_at          INTEGER NOT NULL,
    FOREIGN KEY (world, partner) REFERENCES partners
) STRICT;
