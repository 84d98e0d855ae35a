-- PostgreSQL leaves room beside subscriptions from here on. SQLite writes them in
-- place.

-- +goose Up
INSERT INTO schema_versions (version, oldest) VALUES (9, 8);
