-- How much of each limit is used up, and by whom; and from where people have signed in.

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
