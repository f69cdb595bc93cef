-- Secrets that are being replaced while the one of before is still given.
CREATE TABLE key_changes (
  -- a hash over both secrets, which tells nothing about either
  id TEXT PRIMARY KEY,
  -- the variable: ENCRYPTION_KEY or JWT_SECRET
  variable TEXT NOT NULL,
  -- when the change was first seen
  began_at BIGINT NOT NULL,
  -- since when the secret of before is no longer needed
  finished_at BIGINT
);

-- How far the values of each sealed column have been sealed anew.
CREATE TABLE resealed (
  change TEXT NOT NULL REFERENCES key_changes (id) ON DELETE CASCADE,
  -- table.column
  part TEXT NOT NULL,
  -- how many there were at the beginning
  total BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  -- of these, how many open with neither key
  unreadable BIGINT NOT NULL,
  -- the key of the last row that was looked at, as JSON; empty: none
  up_to TEXT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (change, part)
);
