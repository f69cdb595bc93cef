-- What an operator looks for: pages of jobs, the story of one job, who did what.

-- Messages with dots in place of their codes, a few texts for many jobs: what can be shown and searched after a
-- message is gone.
CREATE TABLE message_shapes (
  id {{NUMERIC_ID}},
  -- keyed hash of the text
  hash TEXT NOT NULL UNIQUE,
  -- sealed
  text TEXT NOT NULL
);
ALTER TABLE jobs ADD COLUMN message_shape BIGINT;

CREATE INDEX jobs_created ON jobs (created_at, id);
-- Written once, when a job ends; what is still open is few and found through jobs_open.
CREATE INDEX jobs_finished ON jobs (status, id, created_at) WHERE finished_at IS NOT NULL;

-- What happened to a job beside the times in its row: an accepted message leaves nothing here.
CREATE TABLE job_events (
  id {{NUMERIC_ID}},
  job_id BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('claimed', 'attempt_failed', 'waiting', 'recovered', 'failed', 'retried')),
  detail TEXT
);
CREATE INDEX job_events_job ON job_events (job_id, id);

CREATE TABLE audit_log (
  id {{NUMERIC_ID}},
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT,
  detail TEXT
);

-- Up to which job the search index reaches, and which jobs below have changed since: both are read directly.
CREATE TABLE search_progress (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  up_to BIGINT NOT NULL
);
INSERT INTO search_progress (id, up_to) VALUES (1, 0);
CREATE TABLE search_backlog (
  job_id BIGINT PRIMARY KEY
);
