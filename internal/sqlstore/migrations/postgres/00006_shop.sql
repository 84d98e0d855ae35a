-- The schema as it is in SQLite after the migrations up to this number: from here
-- on each number does the same in both. The conventions are those of SQLite's
-- first; where SQLite compares texts byte by byte, so does the collation "C", and
-- lists come in the same order whatever the database's own is.

-- +goose Up
CREATE TABLE worlds (
    world                TEXT COLLATE "C"  NOT NULL PRIMARY KEY,
    world_cased          TEXT COLLATE "C",
    name                 TEXT COLLATE "C"  NOT NULL,
    kind                 TEXT COLLATE "C"  NOT NULL,
    created_at           BIGINT            NOT NULL,
    clock_offset         BIGINT            NOT NULL,
    frozen_at            BIGINT,
    settings             TEXT COLLATE "C"  NOT NULL
);

CREATE TABLE imports (
    world                TEXT COLLATE "C"  NOT NULL PRIMARY KEY REFERENCES worlds,
    state                TEXT COLLATE "C"  NOT NULL
);

CREATE TABLE leases (
    world                TEXT COLLATE "C"  NOT NULL PRIMARY KEY REFERENCES worlds,
    holder               TEXT COLLATE "C"  NOT NULL,
    epoch                BIGINT            NOT NULL,
    until                BIGINT            NOT NULL
);

CREATE TABLE partners (
    world                TEXT COLLATE "C"  NOT NULL REFERENCES worlds,
    world_cased          TEXT COLLATE "C",
    partner              TEXT COLLATE "C"  NOT NULL,
    partner_cased        TEXT COLLATE "C",
    tenant               TEXT COLLATE "C"  NOT NULL,
    tenant_cased         TEXT COLLATE "C",
    kind                 TEXT COLLATE "C"  NOT NULL,
    name                 TEXT COLLATE "C"  NOT NULL,
    mpn_id               TEXT COLLATE "C",
    mpn_id_cased         TEXT COLLATE "C",
    PRIMARY KEY (world, partner)
);
CREATE UNIQUE INDEX a_tenant_is_one_partner ON partners (tenant);
CREATE UNIQUE INDEX a_world_has_one_provider ON partners (world) WHERE kind = 'provider';

CREATE TABLE accounts (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    partner              TEXT COLLATE "C"  NOT NULL,
    partner_cased        TEXT COLLATE "C",
    account              TEXT COLLATE "C"  NOT NULL,
    account_cased        TEXT COLLATE "C",
    place                BIGINT            NOT NULL,
    kind                 TEXT COLLATE "C"  NOT NULL,
    name                 TEXT COLLATE "C"  NOT NULL,
    upn                  TEXT COLLATE "C",
    upn_cased            TEXT COLLATE "C",
    secret_hash          TEXT COLLATE "C"  NOT NULL,
    registered           BOOLEAN           NOT NULL,
    description          TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, partner, account),
    FOREIGN KEY (world, partner) REFERENCES partners
);
CREATE UNIQUE INDEX a_sign_in_name_is_one_account ON accounts (world, partner, upn);
CREATE INDEX accounts_by_place ON accounts (world, place, partner, account);

CREATE TABLE agent_grants (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    partner              TEXT COLLATE "C"  NOT NULL,
    partner_cased        TEXT COLLATE "C",
    kind                 TEXT COLLATE "C"  NOT NULL,
    principal            TEXT COLLATE "C"  NOT NULL,
    principal_cased      TEXT COLLATE "C",
    role                 TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, partner, kind, principal, role),
    FOREIGN KEY (world, partner) REFERENCES partners
);

CREATE TABLE customers (
    world                TEXT COLLATE "C"  NOT NULL REFERENCES worlds,
    world_cased          TEXT COLLATE "C",
    customer             TEXT COLLATE "C"  NOT NULL,
    created_at           BIGINT            NOT NULL,
    company_name         TEXT COLLATE "C"  NOT NULL,
    domain               TEXT COLLATE "C"  NOT NULL,
    version              BIGINT            NOT NULL,
    resource             TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, customer)
);
CREATE INDEX customers_by_domain ON customers (world, domain, created_at, customer);

CREATE TABLE directory_grants (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    partner              TEXT COLLATE "C"  NOT NULL,
    partner_cased        TEXT COLLATE "C",
    kind                 TEXT COLLATE "C"  NOT NULL,
    principal            TEXT COLLATE "C"  NOT NULL,
    principal_cased      TEXT COLLATE "C",
    customer             TEXT COLLATE "C"  NOT NULL,
    customer_cased       TEXT COLLATE "C",
    role                 TEXT COLLATE "C"  NOT NULL,
    until                BIGINT,
    PRIMARY KEY (world, partner, kind, principal, customer, role),
    FOREIGN KEY (world, partner) REFERENCES partners,
    FOREIGN KEY (world, customer) REFERENCES customers
);
CREATE INDEX directory_grants_by_customer ON directory_grants (world, customer, partner, kind, principal, role);

CREATE TABLE relationships (
    world                TEXT COLLATE "C"  NOT NULL,
    partner              TEXT COLLATE "C"  NOT NULL,
    customer             TEXT COLLATE "C"  NOT NULL,
    kind                 TEXT COLLATE "C"  NOT NULL,
    customer_since       BIGINT,
    world_cased          TEXT COLLATE "C",
    partner_cased        TEXT COLLATE "C",
    customer_cased       TEXT COLLATE "C",
    PRIMARY KEY (world, partner, customer, kind),
    FOREIGN KEY (world, partner) REFERENCES partners,
    FOREIGN KEY (world, customer) REFERENCES customers
);
CREATE INDEX relationships_by_age ON relationships (world, partner, kind, customer_since, customer);
CREATE INDEX relationships_by_customer ON relationships (world, customer, kind);

CREATE TABLE orders (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    customer             TEXT COLLATE "C"  NOT NULL,
    customer_cased       TEXT COLLATE "C",
    order_id             TEXT COLLATE "C"  NOT NULL,
    created_at           BIGINT            NOT NULL,
    billing_cycle        TEXT COLLATE "C"  NOT NULL,
    version              BIGINT            NOT NULL,
    legacy               BOOLEAN           NOT NULL,
    resource             TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, customer, order_id),
    FOREIGN KEY (world, customer) REFERENCES customers
);
CREATE INDEX orders_by_age ON orders (world, customer, created_at, order_id);

CREATE TABLE carts (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    customer             TEXT COLLATE "C"  NOT NULL,
    customer_cased       TEXT COLLATE "C",
    cart_id              TEXT COLLATE "C"  NOT NULL,
    created_at           BIGINT            NOT NULL,
    version              BIGINT            NOT NULL,
    resource             TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, customer, cart_id),
    FOREIGN KEY (world, customer) REFERENCES customers
);
CREATE INDEX carts_by_age ON carts (world, customer, created_at, cart_id);

CREATE TABLE agreements (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    customer             TEXT COLLATE "C"  NOT NULL,
    customer_cased       TEXT COLLATE "C",
    number               BIGINT            NOT NULL,
    created_at           BIGINT            NOT NULL,
    resource             TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, customer, number),
    FOREIGN KEY (world, customer) REFERENCES customers
);

CREATE TABLE subscriptions (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    customer             TEXT COLLATE "C"  NOT NULL,
    customer_cased       TEXT COLLATE "C",
    subscription         TEXT COLLATE "C"  NOT NULL,
    created_at           BIGINT            NOT NULL,
    version              BIGINT            NOT NULL,
    legacy               BOOLEAN           NOT NULL,
    status               TEXT COLLATE "C"  NOT NULL,
    order_id             TEXT COLLATE "C"  NOT NULL,
    mpn_id               TEXT COLLATE "C"  NOT NULL,
    parent               TEXT COLLATE "C"  NOT NULL,
    sku_id               TEXT COLLATE "C",
    published_quantity   BIGINT,
    published_end        BIGINT,
    provisioned_quantity BIGINT,
    provisioned_end      BIGINT,
    outcome              TEXT COLLATE "C",
    visible_at           BIGINT,
    unsettled            BOOLEAN,
    next_step_at         BIGINT,
    published_sku_id     TEXT COLLATE "C",
    resource             TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, customer, subscription),
    FOREIGN KEY (world, customer) REFERENCES customers
);
CREATE INDEX subscriptions_by_age ON subscriptions (world, customer, created_at, subscription);

CREATE TABLE changes (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    change_id            TEXT COLLATE "C"  NOT NULL,
    change_id_cased      TEXT COLLATE "C",
    kind                 TEXT COLLATE "C"  NOT NULL,
    customer             TEXT COLLATE "C"  NOT NULL,
    customer_cased       TEXT COLLATE "C",
    order_id             TEXT COLLATE "C"  NOT NULL,
    order_id_cased       TEXT COLLATE "C",
    line                 BIGINT            NOT NULL,
    subscription         TEXT COLLATE "C",
    subscription_cased   TEXT COLLATE "C",
    asked_at             BIGINT            NOT NULL,
    settled_at           BIGINT,
    next_step_at         BIGINT,
    offer                TEXT COLLATE "C"  NOT NULL,
    before               BIGINT            NOT NULL,
    asked                BIGINT            NOT NULL,
    undo                 TEXT COLLATE "C"  NOT NULL,
    cycle                TEXT COLLATE "C"  NOT NULL,
    started_at           BIGINT,
    provisioner          TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, change_id),
    FOREIGN KEY (world, customer) REFERENCES customers
);
CREATE UNIQUE INDEX one_unsettled_change_per_subscription ON changes (world, customer, subscription) WHERE settled_at IS NULL;
CREATE INDEX changes_by_line ON changes (world, customer, kind, order_id, line, change_id);
CREATE INDEX changes_outside ON changes (world, asked_at, change_id) WHERE settled_at IS NULL AND provisioner <> '';
CREATE INDEX changes_of_a_subscription ON changes (world, customer, subscription, asked_at, change_id);

CREATE TABLE portions (
    world                TEXT COLLATE "C"  NOT NULL,
    change_id            TEXT COLLATE "C"  NOT NULL,
    part                 BIGINT            NOT NULL,
    quantity             BIGINT            NOT NULL,
    status               TEXT COLLATE "C"  NOT NULL,
    reason               TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, change_id, part),
    FOREIGN KEY (world, change_id) REFERENCES changes
);

CREATE TABLE due (
    id                   BIGINT            GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    world                TEXT COLLATE "C"  NOT NULL REFERENCES worlds,
    world_cased          TEXT COLLATE "C",
    at                   BIGINT            NOT NULL,
    kind                 TEXT COLLATE "C"  NOT NULL,
    subject              TEXT COLLATE "C"  NOT NULL,
    cause                TEXT COLLATE "C"  NOT NULL,
    failures             BIGINT            NOT NULL DEFAULT 0,
    retry_at             BIGINT
);
CREATE INDEX due_in_a_world ON due (world, at, id);
CREATE INDEX due_of_a_subject ON due (world, kind, subject, at, id);
CREATE INDEX due_that_failed ON due (world, retry_at) WHERE retry_at IS NOT NULL;

CREATE TABLE events (
    world                TEXT COLLATE "C"  NOT NULL REFERENCES worlds,
    world_cased          TEXT COLLATE "C",
    event_id             TEXT COLLATE "C"  NOT NULL,
    at                   BIGINT            NOT NULL,
    real_at              BIGINT            NOT NULL,
    kind                 TEXT COLLATE "C"  NOT NULL,
    customer             TEXT COLLATE "C"  NOT NULL,
    subscription         TEXT COLLATE "C"  NOT NULL,
    record               TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, event_id)
);
CREATE INDEX events_of_a_subscription ON events (world, customer, subscription, event_id);

CREATE TABLE audit (
    world                TEXT COLLATE "C"  NOT NULL REFERENCES worlds,
    world_cased          TEXT COLLATE "C",
    partner              TEXT COLLATE "C"  NOT NULL,
    partner_cased        TEXT COLLATE "C",
    record_id            TEXT COLLATE "C"  NOT NULL,
    at                   BIGINT            NOT NULL,
    customer             TEXT COLLATE "C"  NOT NULL,
    company_name         TEXT COLLATE "C"  NOT NULL,
    resource_type        TEXT COLLATE "C"  NOT NULL,
    record               TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, partner, record_id)
);
CREATE INDEX audit_by_age ON audit (world, partner, at, record_id);

CREATE TABLE answers (
    world                TEXT COLLATE "C"  NOT NULL REFERENCES worlds,
    key                  TEXT COLLATE "C"  NOT NULL,
    at                   BIGINT            NOT NULL,
    answer               TEXT COLLATE "C"  NOT NULL,
    PRIMARY KEY (world, key)
);
CREATE INDEX answers_by_age ON answers (at);

CREATE TABLE refresh_tokens (
    hash                 TEXT COLLATE "C"  NOT NULL PRIMARY KEY,
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    partner              TEXT COLLATE "C"  NOT NULL,
    partner_cased        TEXT COLLATE "C",
    user_id              TEXT COLLATE "C"  NOT NULL,
    app_id               TEXT COLLATE "C"  NOT NULL,
    mfa                  BOOLEAN           NOT NULL,
    issued_at            BIGINT            NOT NULL,
    expires_at           BIGINT            NOT NULL,
    family               TEXT COLLATE "C"  NOT NULL,
    confidential         BOOLEAN           NOT NULL,
    spent_at             BIGINT,
    audience             TEXT COLLATE "C"  NOT NULL,
    scope                TEXT COLLATE "C"  NOT NULL,
    FOREIGN KEY (world, partner) REFERENCES partners
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (world, family);
CREATE INDEX spent_refresh_tokens ON refresh_tokens (world, expires_at) WHERE spent_at IS NOT NULL;

CREATE TABLE app_registrations (
    world                TEXT COLLATE "C"  NOT NULL,
    world_cased          TEXT COLLATE "C",
    partner              TEXT COLLATE "C"  NOT NULL,
    partner_cased        TEXT COLLATE "C",
    app                  TEXT COLLATE "C"  NOT NULL,
    app_cased            TEXT COLLATE "C",
    redirect_uris        TEXT COLLATE "C"  NOT NULL,
    certificates         TEXT COLLATE "C"  NOT NULL,
    single_use           BOOLEAN           NOT NULL,
    PRIMARY KEY (world, partner, app),
    FOREIGN KEY (world, partner, app) REFERENCES accounts
);

CREATE TABLE mfa_calls (
    world                TEXT COLLATE "C"  NOT NULL REFERENCES worlds,
    world_cased          TEXT COLLATE "C",
    partner              TEXT COLLATE "C"  NOT NULL,
    partner_cased        TEXT COLLATE "C",
    app                  TEXT COLLATE "C"  NOT NULL,
    app_cased            TEXT COLLATE "C",
    user_id              TEXT COLLATE "C"  NOT NULL,
    user_id_cased        TEXT COLLATE "C",
    route                TEXT COLLATE "C"  NOT NULL,
    upn                  TEXT COLLATE "C"  NOT NULL,
    calls                BIGINT            NOT NULL,
    refused              BIGINT            NOT NULL,
    first_seen           BIGINT            NOT NULL,
    last_seen            BIGINT            NOT NULL,
    PRIMARY KEY (world, app, user_id, route, partner)
);

CREATE TABLE operator_keys (
    key_id               TEXT COLLATE "C"  NOT NULL PRIMARY KEY,
    name                 TEXT COLLATE "C"  NOT NULL,
    name_cased           TEXT COLLATE "C",
    hash                 TEXT COLLATE "C"  NOT NULL,
    created_at           BIGINT            NOT NULL,
    created_by           TEXT COLLATE "C"  NOT NULL,
    last_used_at         BIGINT,
    revoked_at           BIGINT
);
CREATE UNIQUE INDEX a_name_is_one_operator_key ON operator_keys (name);
CREATE INDEX operator_keys_by_age ON operator_keys (created_at, name);

CREATE TABLE operator_log (
    id                   BIGINT            GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at                   BIGINT            NOT NULL,
    who                  TEXT COLLATE "C"  NOT NULL,
    act                  TEXT COLLATE "C"  NOT NULL,
    world                TEXT COLLATE "C",
    world_cased          TEXT COLLATE "C",
    subject              TEXT COLLATE "C"  NOT NULL,
    was                  TEXT COLLATE "C"  NOT NULL,
    became               TEXT COLLATE "C"  NOT NULL
);
CREATE INDEX operator_log_in_a_world ON operator_log (world, id);
