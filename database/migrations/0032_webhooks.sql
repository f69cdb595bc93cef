-- Who is told what happens: an address per row, of an API key or of the environment's.
CREATE TABLE webhook_endpoints (
  -- wh_…
  id TEXT PRIMARY KEY,
  -- env, or key:<id>
  caller TEXT NOT NULL,
  url TEXT NOT NULL,
  -- the types that it wants, with a space between; null: all
  events TEXT,
  -- since when numbers are told whole; null: they are masked
  full_numbers_at BIGINT,
  -- sealed; the one of before signs as well until its time is over
  secret TEXT NOT NULL,
  former_secret TEXT,
  former_until BIGINT,
  created_at BIGINT NOT NULL,
  -- nothing is sent to it since then, and why: operator, gone (it answered 410) or failing (for days)
  disabled_at BIGINT,
  disabled_for TEXT,
  -- when the first delivery failed since the last one that arrived
  failing_since BIGINT,
  arrived_at BIGINT
);
CREATE INDEX webhook_endpoints_caller ON webhook_endpoints (caller) WHERE disabled_at IS NULL;

-- The outbox: what has happened, written in the transaction in which it happens, until it is handed out to the endpoints.
CREATE TABLE webhook_events (
  id {{NUMERIC_ID}},
  type TEXT NOT NULL,
  -- whose endpoints hear of it: env or key:<id>; null: everybody's
  hearer TEXT,
  at BIGINT NOT NULL,
  job_id BIGINT,
  code_id TEXT,
  purpose TEXT,
  channel TEXT,
  contact TEXT,
  error_code TEXT,
  error_message TEXT,
  -- what else there is to tell, as JSON
  detail TEXT
);

-- One row for each event and endpoint, in the order in which they happened.
CREATE TABLE webhook_deliveries (
  id {{NUMERIC_ID}},
  endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  -- msg_…, the webhook-id: the same for all endpoints and all attempts
  message_id TEXT NOT NULL,
  type TEXT NOT NULL,
  -- until it has arrived
  body TEXT,
  event_at BIGINT NOT NULL,
  -- it is given up a day after this
  wanted_at BIGINT NOT NULL,
  -- waiting, arrived or dead
  status TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  -- the next attempt is not made before this
  due_at BIGINT NOT NULL,
  lease_until BIGINT,
  -- of the last attempt
  tried_at BIGINT,
  took_ms BIGINT,
  http_status BIGINT,
  problem TEXT,
  answer TEXT,
  UNIQUE (endpoint_id, message_id)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, id) WHERE status = 'waiting';
CREATE INDEX webhook_deliveries_done ON webhook_deliveries (endpoint_id, status, id);
