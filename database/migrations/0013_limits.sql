-- How much of each limit is used up, and by whom; from where people have signed in; and which client asked for what.

CREATE TABLE limit_counts (
  -- the rule
  name TEXT NOT NULL,
  -- whose share: an address, a contact, an account, or all
  subject TEXT NOT NULL,
  used BIGINT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (name, subject)
);
CREATE INDEX limit_counts_end ON limit_counts (until);

-- Clients that have signed in to an account: they get through while strangers use up its limits.
CREATE TABLE known_clients (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client TEXT NOT NULL,
  signed_in_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, client)
);
CREATE INDEX known_clients_time ON known_clients (signed_in_at);

-- Whose a registration is: the hash of the client's cookie, and its network. Null: made before clients were told apart.
ALTER TABLE registrations ADD COLUMN client TEXT;
ALTER TABLE registrations ADD COLUMN network TEXT;

-- One code at a time for each use and client: a newer one takes the row over. The place of otp_challenges, which is no
-- longer used.
CREATE TABLE challenges (
  -- also what the client is told, as a name for itself
  id TEXT PRIMARY KEY,
  -- the account's id, or the contact of a registration
  subject TEXT NOT NULL,
  purpose TEXT NOT NULL,
  contract TEXT NOT NULL,
  -- who asked: the hash of a cookie, or a network
  client TEXT NOT NULL,
  -- the hash of the cookie that came with the answer
  cookie TEXT,
  network TEXT,
  -- the registration that the code finishes, if any
  registration TEXT,
  -- changes with every code
  code_id TEXT NOT NULL,
  -- whom it was sent to
  contact TEXT NOT NULL,
  -- keyed hash over contract, purpose, subject or contact, code_id and code
  code_hash TEXT NOT NULL,
  tries INTEGER NOT NULL,
  -- when the first code of this wait was sent; repeated ones leave it as it is
  opened_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  consumed_at BIGINT
);
CREATE UNIQUE INDEX challenges_use ON challenges (subject, purpose, contract, client);
CREATE INDEX challenges_contact ON challenges (contact);
CREATE INDEX challenges_expiry ON challenges (expires_at);

INSERT INTO challenges (id, subject, purpose, contract, client, registration, code_id, contact, code_hash, tries,
    opened_at, created_at, expires_at, consumed_at)
  SELECT id, subject, purpose, contract, '', CASE WHEN purpose = 'register' THEN (
      SELECT registrations.id FROM registrations
      WHERE registrations.contract = otp_challenges.contract AND registrations.contact = otp_challenges.subject
        AND registrations.verified_at IS NULL
      ORDER BY registrations.created_at DESC LIMIT 1) END,
    id, contact, code_hash, tries, opened_at, created_at, expires_at, consumed_at
  FROM otp_challenges;

-- Wrong codes for a contact or an account from one client, until a right one. The place of code_failures.
CREATE TABLE client_failures (
  subject TEXT NOT NULL,
  client TEXT NOT NULL,
  failures INTEGER NOT NULL,
  blocked_until BIGINT NOT NULL,
  failed_at BIGINT NOT NULL,
  PRIMARY KEY (subject, client)
);
CREATE INDEX client_failures_time ON client_failures (failed_at);

-- When the last five codes that one client asked for went to a contact, the latest first. The place of code_sends.
CREATE TABLE client_sends (
  contact TEXT NOT NULL,
  client TEXT NOT NULL,
  -- the next code has to keep its distance from this time; 0 once a code was used
  cooling_since BIGINT NOT NULL,
  sent_1 BIGINT NOT NULL,
  sent_2 BIGINT NOT NULL,
  sent_3 BIGINT NOT NULL,
  sent_4 BIGINT NOT NULL,
  sent_5 BIGINT NOT NULL,
  PRIMARY KEY (contact, client)
);
CREATE INDEX client_sends_time ON client_sends (sent_1);

INSERT INTO client_sends (contact, client, cooling_since, sent_1, sent_2, sent_3, sent_4, sent_5)
  SELECT contact, '', cooling_since, sent_1, sent_2, sent_3, sent_4, sent_5 FROM code_sends;

-- A newer message takes the place of older ones of the same challenge only. Null: of all for the recipient and purpose.
ALTER TABLE jobs ADD COLUMN asked_by TEXT;

-- The contact whose code made the password the account's. Null: unknown, as for all of before; it may be a stranger's.
ALTER TABLE users ADD COLUMN password_contact TEXT;
