-- Addresses at which auth servers hand us their codes.
CREATE TABLE hooks (
  id TEXT PRIMARY KEY,
  -- the kind of auth server
  preset TEXT NOT NULL,
  name TEXT NOT NULL,
  -- the channels of its codes to phones, as a JSON list; null: CODE_ROUTE
  route TEXT,
  -- how long its codes live, in milliseconds, where the auth server does not tell
  ttl BIGINT NOT NULL,
  -- JSON pointers to the number and to the code, where the preset does not know them
  to_pointer TEXT,
  code_pointer TEXT,
  -- sealed, both; the former one works until then, null: there is none
  secret TEXT NOT NULL,
  former_secret TEXT,
  former_until BIGINT,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  rotated_at BIGINT,
  disabled_at BIGINT,
  -- written once a minute at the most
  last_used_at BIGINT
);
