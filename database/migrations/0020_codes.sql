-- Codes that go out over a route of more than one channel, that a person may ask for by writing first, or that this
-- server checks itself (verifications). A code with one channel that its caller checks has only its job.
CREATE TABLE codes (
  -- ver_… for a verification
  id TEXT PRIMARY KEY,
  caller TEXT NOT NULL,
  -- as in jobs; 'verification' for those that this server checks
  purpose TEXT NOT NULL,
  -- a number in E.164, or an address in lower case
  contact TEXT NOT NULL,
  -- what the caller said it is for, and whose session asks
  action TEXT,
  client TEXT,
  -- who may start the same again: a hash of caller, person, action and client; null once another may begin
  slot TEXT UNIQUE,
  -- the code under the encryption key, until it ends; and its keyed hash
  code TEXT,
  code_hash TEXT NOT NULL,
  -- code or message
  proof TEXT NOT NULL,
  -- auto, only or never
  user_first TEXT NOT NULL,
  locale TEXT,
  -- the names of the channels, in order, as JSON
  route TEXT NOT NULL,
  -- the place in the route that has begun last; -1: none
  step BIGINT NOT NULL,
  step_began_at BIGINT,
  -- when the next one begins, unless something arrives before; null: none follows
  next_step_at BIGINT,
  -- pending, approved, canceled, expired or max_checks
  status TEXT NOT NULL,
  -- wrong checks
  tries BIGINT NOT NULL DEFAULT 0,
  -- starts and resends, not steps
  sends BIGINT NOT NULL DEFAULT 0,
  last_send_at BIGINT,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT,
  -- why the person who wrote first was not taken, for the caller
  last_problem TEXT,
  -- the caller's own, as JSON
  metadata TEXT,
  -- where the hosted page leads back to, and the hash of the cookie of the browser that opened it first
  return_url TEXT,
  page_browser TEXT,
  -- the person's address, as far as the caller said it
  client_address TEXT,
  -- the end of the test number whose fixed code it has, to which nothing is sent; null: a number like others
  test_until BIGINT
);
CREATE INDEX codes_open ON codes (next_step_at) WHERE status = 'pending';
CREATE INDEX codes_contact ON codes (contact, status);
CREATE INDEX codes_caller ON codes (caller, created_at, id);
CREATE INDEX codes_ends ON codes (expires_at);

-- One row for each time that a code was sent, or was to be sent.
CREATE TABLE code_attempts (
  id TEXT PRIMARY KEY,
  code_id TEXT NOT NULL REFERENCES codes (id) ON DELETE CASCADE,
  -- the how manieth of its code, from 1
  place BIGINT NOT NULL,
  channel TEXT NOT NULL,
  -- start, step, resend or reply (to a person who wrote first)
  cause TEXT NOT NULL,
  -- null: nothing was sent, and `error` says why
  job_id BIGINT,
  at BIGINT NOT NULL,
  error TEXT,
  UNIQUE (code_id, place)
);
CREATE INDEX code_attempts_job ON code_attempts (job_id);
