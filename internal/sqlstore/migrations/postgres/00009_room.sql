-- A subscription is written anew with each change. Where its page has room, it
-- stays there, and no index hears of it: the change costs less, and meets fewer
-- that read the same page of an index. What is there already gets room as it is
-- written, or all at once by VACUUM FULL subscriptions.

-- +goose Up
ALTER TABLE subscriptions SET (fillfactor = 75);
INSERT INTO schema_versions (version, oldest) VALUES (9, 8);
