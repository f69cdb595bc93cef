-- A person is one person however the number is spelled.

-- What WhatsApp calls a number: `person` is the number in the address that it answers with (the address itself, if it
-- holds none), or the number as it is written. Only numbers of accounts, and those that WhatsApp calls by another.
CREATE TABLE numbers (
  phone TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  -- when WhatsApp last changed its mind; null: it has not said anything else yet
  named_at BIGINT
);
CREATE INDEX numbers_person ON numbers (person);

-- When a code that came to the phone last signed somebody in, or proved it.
ALTER TABLE users ADD COLUMN phone_used_at BIGINT;
-- Until now any sign-in was noted, but for the cookie contract, where none goes by the phone.
UPDATE users SET phone_used_at = CASE contract WHEN 'cookie' THEN created_at ELSE COALESCE(last_login_at, created_at) END
  WHERE phone IS NOT NULL;

-- Accounts whose number was found to be another account's under another spelling.
CREATE TABLE lost_numbers (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  -- as it was written
  phone TEXT NOT NULL,
  -- null: that account is deleted
  lost_to TEXT REFERENCES users (id) ON DELETE SET NULL,
  at BIGINT NOT NULL
);
CREATE INDEX lost_numbers_to ON lost_numbers (lost_to);
