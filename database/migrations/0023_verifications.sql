-- Where the pages of a key's verifications may lead browsers back to, with a space between; null: nowhere.
ALTER TABLE api_keys ADD COLUMN return_urls TEXT;
-- Since when its test numbers also work in production; null: they do not.
ALTER TABLE api_keys ADD COLUMN tests_allowed_at BIGINT;

-- Contacts to which nothing is sent: their verifications have a fixed code, for the people who review an app.
CREATE TABLE test_numbers (
  key_id TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
  -- a number in E.164, or an address in lower case
  contact TEXT NOT NULL,
  code TEXT NOT NULL,
  -- from then on it is a contact like any other
  ends_at BIGINT NOT NULL,
  PRIMARY KEY (key_id, contact)
);
