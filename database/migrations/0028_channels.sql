-- Codes as operators list them, the newest first, and find them by part of the contact.
CREATE INDEX codes_begun ON codes (created_at, id, contact);

-- Channels over which nothing goes out until an operator resumes them, each since when.
CREATE TABLE channel_pauses (
  account TEXT NOT NULL,
  channel TEXT NOT NULL,
  paused_at BIGINT NOT NULL,
  PRIMARY KEY (account, channel)
);
