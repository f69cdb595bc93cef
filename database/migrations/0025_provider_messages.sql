-- Which message a provider means by a number of its own, for receipts that do not repeat ours.
CREATE TABLE provider_messages (
  channel TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (channel, provider_id)
);
CREATE INDEX provider_messages_ends ON provider_messages (expires_at);
