-- What a sign-in was for, so that a refresh that does not say is for the same.
-- Tokens from before this schema are for the default.

-- +goose Up
ALTER TABLE refresh_tokens ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE refresh_tokens ADD COLUMN scope TEXT NOT NULL DEFAULT '';
