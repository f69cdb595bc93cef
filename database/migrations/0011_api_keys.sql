-- Keys that callers show. A secret is kept as its SHA-256 alone; lists of words have a space between them.
CREATE TABLE api_keys (
  -- the part of the key that is not secret: eight letters and digits
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  -- addresses and networks that may use it; null: all
  allowed_ips TEXT,
  -- requests a minute and codes a day; null: as many as the server takes
  per_minute BIGINT,
  per_day BIGINT,
  -- codes a day to one country, like EG=100 *=10; null: as many as per_day
  per_country TEXT,
  secret_hash TEXT NOT NULL,
  -- the previous secret, which works until then; null: there is none
  former_hash TEXT,
  former_until BIGINT,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  rotated_at BIGINT,
  expires_at BIGINT,
  revoked_at BIGINT,
  -- written once a minute at the most
  last_used_at BIGINT,
  last_used_ip TEXT
);

-- How much of its limits a caller has used up.
CREATE TABLE caller_counts (
  caller TEXT NOT NULL,
  -- requests, codes, or codes to a country
  what TEXT NOT NULL,
  -- number of the minute or the day since 1970 that is counted
  period BIGINT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (caller, what)
);
