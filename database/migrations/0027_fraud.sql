-- How many codes a key may have in a minute and in an hour, beside per_day; null: as many as the server takes.
ALTER TABLE api_keys ADD COLUMN codes_per_minute BIGINT;
ALTER TABLE api_keys ADD COLUMN codes_per_hour BIGINT;

-- How many verifications were started and approved, by the five minutes in which they were started.
CREATE TABLE conversions (
  -- a number less its last four digits; empty for an address
  prefix TEXT NOT NULL,
  -- when the five minutes began
  slot BIGINT NOT NULL,
  -- the channel that a code went over; empty: whichever it was, each verification once
  channel TEXT NOT NULL,
  -- ISO 3166-1 alpha-2, ZZ for an unknown one; empty for an address
  country TEXT NOT NULL,
  started BIGINT NOT NULL,
  approved BIGINT NOT NULL DEFAULT 0,
  -- how many of these do not count any more, because an operator has lifted a block of the prefix
  forgiven_started BIGINT NOT NULL DEFAULT 0,
  forgiven_approved BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (prefix, slot, channel)
);
CREATE INDEX conversions_slot ON conversions (slot);

-- Prefixes that get nothing over channels that cost money, and no first message.
CREATE TABLE blocked_prefixes (
  prefix TEXT PRIMARY KEY,
  country TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  -- the verifications of the hour before
  started BIGINT NOT NULL,
  approved BIGINT NOT NULL
);
