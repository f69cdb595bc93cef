-- The gateway: jobs, the sender's state and session, what is known about recipients, idempotency keys.
-- Times are Unix milliseconds. Values named "sealed" are AES-256-GCM under ENCRYPTION_KEY.

CREATE TABLE jobs (
  id {{NUMERIC_ID}},
  account TEXT NOT NULL,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  recipient TEXT NOT NULL,
  -- chosen with the job, before anything is sent: a resend is the same message
  message_id TEXT NOT NULL,
  -- sealed {code, text}; null once the code has expired
  body TEXT,
  -- keyed hash, so that an exact code can still be found after the body is gone
  code_hash TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'sent', 'failed', 'expired')),
  error_code TEXT,
  error_message TEXT,
  -- failed attempts that count (transport faults)
  attempts INTEGER NOT NULL DEFAULT 0,
  -- times the message may have been written to the socket
  writes INTEGER NOT NULL DEFAULT 0,
  -- not before this time
  run_at BIGINT NOT NULL,
  lease_owner TEXT,
  lease_until BIGINT,
  created_at BIGINT NOT NULL,
  claimed_at BIGINT,
  -- a newer code for the same number came while this one was under way
  overtaken_at BIGINT,
  sent_at BIGINT,
  delivered_at BIGINT,
  read_at BIGINT,
  finished_at BIGINT,
  expires_at BIGINT NOT NULL
);
-- Random ids are dear to index: only what was claimed can be asked for by its message id.
CREATE UNIQUE INDEX jobs_message ON jobs (message_id) WHERE claimed_at IS NOT NULL;
CREATE INDEX jobs_due ON jobs (account, channel, run_at, id) WHERE status = 'pending';
CREATE INDEX jobs_with_body ON jobs (expires_at) WHERE body IS NOT NULL;
CREATE INDEX jobs_open ON jobs (recipient) WHERE finished_at IS NULL;

CREATE TABLE service_status (
  account TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('CONNECTING', 'QR_REQUIRED', 'PAIRING', 'READY', 'DISCONNECTED',
    'RESTRICTED', 'LOGGED_OUT', 'BANNED', 'CONFLICT')),
  detail TEXT,
  since BIGINT NOT NULL,
  phone TEXT,
  restricted_at BIGINT,
  restricted_until BIGINT,
  -- the sender needs a person: why (null: it does not)
  needs_person TEXT,
  paused_at BIGINT,
  -- the trouble an alert went out for, until the alert that it is over
  alerted_for TEXT,
  session_imported_at BIGINT
);

CREATE TABLE whatsapp_credentials (
  account TEXT NOT NULL,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  -- sealed
  value TEXT NOT NULL,
  PRIMARY KEY (account, type, id)
);

CREATE TABLE recipients (
  account TEXT NOT NULL,
  recipient TEXT NOT NULL,
  -- when WhatsApp was last asked about the number, and whether it knew it
  checked_at BIGINT,
  jid TEXT,
  lid TEXT,
  -- when WhatsApp first accepted a message to the number: from then on it is warm
  first_accepted_at BIGINT,
  PRIMARY KEY (account, recipient)
);

CREATE TABLE idempotency_keys (
  -- keyed hash of the API key and the caller's key
  id TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  -- null only within the transaction that makes both
  job_id BIGINT,
  -- sealed answer without the job's number
  response TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
