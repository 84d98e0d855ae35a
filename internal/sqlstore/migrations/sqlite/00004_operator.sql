-- Roles go to users and to groups: principal is the id of either, kind says of
-- which. The key is made anew, since the same id may stand for one of each.

-- +goose Up
CREATE TABLE agent_grants (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    kind                TEXT    NOT NULL,
    principal           TEXT    NOT NULL,
    principal_cased     TEXT,
    role                TEXT    NOT NULL,
    PRIMARY KEY (world, partner, kind, principal, role),
    FOREIGN KEY (world, partner) REFERENCES partners
) STRICT, WITHOUT ROWID;
INSERT INTO agent_grants (world, world_cased, partner, partner_cased, kind, principal, role)
    SELECT a.world, p.world_cased, a.partner, p.partner_cased, 'user', a.user_id, a.role
    FROM agent_roles a JOIN partners p ON p.world = a.world AND p.partner = a.partner;
DROP TABLE agent_roles;

CREATE TABLE directory_grants (
    world               TEXT    NOT NULL,
    world_cased         TEXT,
    partner             TEXT    NOT NULL,
    partner_cased       TEXT,
    kind                TEXT    NOT NULL,
    principal           TEXT    NOT NULL,
    principal_cased     TEXT,
    customer            TEXT    NOT NULL,
    customer_cased      TEXT,
    role                TEXT    NOT NULL,
    until               INTEGER,
    PRIMARY KEY (world, partner, kind, principal, customer, role),
    FOREIGN KEY (world, partner) REFERENCES partners,
    FOREIGN KEY (world, customer) REFERENCES customers
) STRICT, WITHOUT ROWID;
INSERT INTO directory_grants (world, world_cased, partner, partner_cased, kind, principal, principal_cased,
        customer, customer_cased, role, until)
    SELECT world, world_cased, partner, partner_cased, 'user', user_id, user_id_cased, customer, customer_cased, role, until
    FROM directory_roles;
DROP TABLE directory_roles;
CREATE INDEX directory_grants_by_customer ON directory_grants (world, customer, partner, kind, principal, role);

-- What the operator does is the server's, not a world's: no world stands in
-- these keys, and what was noted of a world stays when it goes.
CREATE TABLE operator_keys (
    key_id              TEXT    NOT NULL PRIMARY KEY,
    name                TEXT    NOT NULL,
    name_cased          TEXT,
    hash                TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    created_by          TEXT    NOT NULL,
    last_used_at        INTEGER,
    revoked_at          INTEGER
) STRICT;
CREATE UNIQUE INDEX a_name_is_one_operator_key ON operator_keys (name);
CREATE INDEX operator_keys_by_age ON operator_keys (created_at, name);

CREATE TABLE operator_log (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    at                  INTEGER NOT NULL,
    who                 TEXT    NOT NULL,
    act                 TEXT    NOT NULL,
    world               TEXT,
    world_cased         TEXT,
    subject             TEXT    NOT NULL,
    was                 TEXT    NOT NULL,
    became              TEXT    NOT NULL
) STRICT;
CREATE INDEX operator_log_in_a_world ON operator_log (world, id);

ALTER TABLE relationships ADD COLUMN world_cased TEXT;
ALTER TABLE relationships ADD COLUMN partner_cased TEXT;
ALTER TABLE relationships ADD COLUMN customer_cased TEXT;
