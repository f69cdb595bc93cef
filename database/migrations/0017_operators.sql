-- What the operator is told about strangers, and about people.

-- Wrong passwords, codes, API keys and log-ins of the dashboard, by the minute.
CREATE TABLE flood_counts (
  flood TEXT NOT NULL,
  -- when the minute began
  minute BIGINT NOT NULL,
  times BIGINT NOT NULL,
  PRIMARY KEY (flood, minute)
);

-- Browsers and networks from which somebody has signed in to the dashboard: strangers never use up their tries.
CREATE TABLE operator_clients (
  -- the hash of a cookie, or a network
  client TEXT PRIMARY KEY,
  signed_in_at BIGINT NOT NULL
);

-- The last sign-ins of each account.
CREATE TABLE sign_ins (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  at BIGINT NOT NULL,
  contract TEXT NOT NULL,
  -- password, code, password and code, google
  proof TEXT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX sign_ins_user ON sign_ins (user_id, at);

-- How often an operator searched with digits in an hour, and the entry of the audit log that says so.
CREATE TABLE digit_searches (
  actor TEXT NOT NULL,
  -- when the hour began
  hour BIGINT NOT NULL,
  times BIGINT NOT NULL,
  entry BIGINT,
  PRIMARY KEY (actor, hour)
);

-- What was typed as a user name may have been a password: from now on only the operator's own name is kept.
UPDATE audit_log SET actor = '(another name)' WHERE action = 'sign_in_failed';
