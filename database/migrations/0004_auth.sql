-- Signing in: accounts, registrations in progress, codes to prove a contact with, tokens that are no longer good.
-- Phones are E.164, e-mail addresses lower case. A phone in an account is always proven.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  -- the contract through which the account came to be: phone, whatsapp, two-factor, cookie
  contract TEXT NOT NULL,
  phone TEXT,
  -- proven, or (email_verified_at null) only a label
  email TEXT,
  email_verified_at BIGINT,
  password_hash TEXT,
  -- null: a password or a code alone is enough
  two_factor_at BIGINT,
  name TEXT,
  -- what only one contract knows, as it shows it: JSON
  profile TEXT NOT NULL,
  -- tokens of an earlier epoch are refused
  token_epoch BIGINT NOT NULL DEFAULT 0,
  deactivated_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_login_at BIGINT,
  last_login_ip TEXT
);
CREATE UNIQUE INDEX users_phone ON users (phone) WHERE phone IS NOT NULL;
CREATE UNIQUE INDEX users_proven_email ON users (email) WHERE email_verified_at IS NOT NULL;
CREATE INDEX users_email ON users (email) WHERE email IS NOT NULL;
CREATE INDEX users_created ON users (created_at, id);

-- Accounts elsewhere that sign in to an account here. The key is who says so and whom they mean, never an address.
CREATE TABLE identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- Not yet users. The id becomes the account's.
CREATE TABLE registrations (
  id TEXT PRIMARY KEY,
  contract TEXT NOT NULL,
  -- what its code is sent to: 'phone:…' or 'email:…'
  contact TEXT NOT NULL,
  phone TEXT,
  email TEXT,
  password_hash TEXT,
  name TEXT,
  profile TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  verified_at BIGINT,
  completed_at BIGINT,
  expires_at BIGINT NOT NULL
);
CREATE INDEX registrations_contact ON registrations (contract, contact, created_at);
CREATE INDEX registrations_email ON registrations (email);
CREATE INDEX registrations_expiry ON registrations (expires_at);

-- One code at a time for each use: a newer one takes the row over.
CREATE TABLE otp_challenges (
  -- the account's id, or the contact of a registration
  subject TEXT NOT NULL,
  purpose TEXT NOT NULL,
  contract TEXT NOT NULL,
  id TEXT NOT NULL,
  -- whom it was sent to
  contact TEXT NOT NULL,
  -- keyed hash over contract, purpose, subject, challenge and code
  code_hash TEXT NOT NULL,
  tries INTEGER NOT NULL,
  -- when the first code of this wait was sent; repeated ones leave it as it is
  opened_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  consumed_at BIGINT,
  PRIMARY KEY (subject, purpose, contract)
);
CREATE INDEX otp_challenges_expiry ON otp_challenges (expires_at);

-- Wrong codes of an account (or of a contact that has none) over all its challenges, until a right one.
CREATE TABLE code_failures (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  blocked_until BIGINT NOT NULL,
  failed_at BIGINT NOT NULL
);
CREATE INDEX code_failures_time ON code_failures (failed_at);

-- When the last five codes went to a contact, the latest first.
CREATE TABLE code_sends (
  contact TEXT PRIMARY KEY,
  -- the next code has to keep its distance from this time; 0 once a code was used
  cooling_since BIGINT NOT NULL,
  sent_1 BIGINT NOT NULL,
  sent_2 BIGINT NOT NULL,
  sent_3 BIGINT NOT NULL,
  sent_4 BIGINT NOT NULL,
  sent_5 BIGINT NOT NULL
);
CREATE INDEX code_sends_time ON code_sends (sent_1);

CREATE TABLE revoked_tokens (
  jti TEXT PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);

-- Round trips to the OpenID provider that are under way.
CREATE TABLE openid_logins (
  -- hash of the state that the browser brings back
  id TEXT PRIMARY KEY,
  -- sealed {nonce, codeVerifier}
  secrets TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX openid_logins_expiry ON openid_logins (expires_at);
