-- The link by which a person asks for a code, or confirms a number, by writing first. Its token stands only in the text of
-- the link: here is its keyed hash.
CREATE TABLE links (
  code_id TEXT PRIMARY KEY REFERENCES codes (id) ON DELETE CASCADE,
  -- the how manieth of its code: each has a token of its own
  turn BIGINT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  -- in E.164: from nobody else does the token count
  contact TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  -- texts with the token from other numbers, and a keyed hash of the last one, which may arrive twice
  mismatches BIGINT NOT NULL DEFAULT 0,
  last_mismatch TEXT,
  used_at BIGINT,
  burned_at BIGINT,
  -- when the answer in the chat was queued, or given up
  answered_at BIGINT
);
CREATE INDEX links_unanswered ON links (used_at) WHERE used_at IS NOT NULL AND answered_at IS NULL;

-- Who wrote STOP and nothing since: gets nothing from any of our numbers. The address is a number in E.164, or a LID as a
-- JID where WhatsApp told no number.
CREATE TABLE opt_outs (
  address TEXT PRIMARY KEY,
  opted_out_at BIGINT NOT NULL
);
