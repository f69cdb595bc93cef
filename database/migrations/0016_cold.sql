-- When a message to somebody who had never got one was accepted; null: the recipient had got one before.
ALTER TABLE jobs ADD COLUMN cold_at BIGINT;
CREATE INDEX jobs_cold ON jobs (cold_at) WHERE cold_at IS NOT NULL;

-- What the limits of API keys have used up counts on with all other limits. The place of caller_counts, which is no
-- longer used.
INSERT INTO limit_counts (name, subject, used, since, until)
  SELECT 'key-requests', caller, used, period * 60000, (period + 1) * 60000
  FROM caller_counts WHERE what = 'requests';
INSERT INTO limit_counts (name, subject, used, since, until)
  SELECT 'key-codes', caller, used, period * 86400000, (period + 1) * 86400000
  FROM caller_counts WHERE what = 'codes';
INSERT INTO limit_counts (name, subject, used, since, until)
  SELECT 'key-country-codes', caller || ' ' || substr(what, 7), used, period * 86400000, (period + 1) * 86400000
  FROM caller_counts WHERE what LIKE 'codes %';
