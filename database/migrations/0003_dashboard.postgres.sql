-- The counters that 0003_dashboard.sqlite.sql describes. Transactions that run at the same time would wait for each
-- other (or deadlock) at a row that all of them change: here they add a row each, and one statement sums them up now and
-- then (src/delivery/counters.ts).
CREATE TABLE counters (
  name TEXT NOT NULL,
  slot BIGINT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (name, slot)
);
CREATE TABLE counter_changes (
  name TEXT NOT NULL,
  slot BIGINT NOT NULL,
  value BIGINT NOT NULL
);
CREATE VIEW counter_values AS
  SELECT name, slot, value FROM counters UNION ALL SELECT name, slot, value FROM counter_changes;

INSERT INTO counters
  SELECT status, id / 1024, COUNT(*) FROM jobs WHERE finished_at IS NOT NULL GROUP BY 1, 2;
INSERT INTO counters
  SELECT 'at.' || status, (CASE status WHEN 'sent' THEN sent_at ELSE finished_at END) / 300000, COUNT(*) FROM jobs
  WHERE finished_at IS NOT NULL AND COALESCE(error_code, '') <> 'superseded' GROUP BY 1, 2;
INSERT INTO counters
  SELECT 'at.delivered', sent_at / 300000, COUNT(*) FROM jobs WHERE delivered_at IS NOT NULL GROUP BY 1, 2;
INSERT INTO counters
  SELECT 'took', sent_at / 300000 * 10000000 + CASE
    WHEN ms < 100 THEN ms WHEN ms < 1000 THEN ms / 10 * 10 WHEN ms < 10000 THEN ms / 100 * 100
    WHEN ms < 100000 THEN ms / 1000 * 1000 WHEN ms < 1000000 THEN ms / 10000 * 10000
    ELSE ms / 100000 * 100000 END, COUNT(*)
  FROM (SELECT sent_at, LEAST(GREATEST(delivered_at - created_at, 0), 9900000) AS ms FROM jobs WHERE delivered_at IS NOT NULL) AS delivered
  GROUP BY 1, 2;

CREATE FUNCTION count_job(job jobs, change BIGINT) RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO counter_changes
    SELECT job.status, job.id / 1024, change WHERE job.finished_at IS NOT NULL
    UNION ALL
    SELECT 'at.' || job.status, (CASE job.status WHEN 'sent' THEN job.sent_at ELSE job.finished_at END) / 300000, change
    WHERE job.finished_at IS NOT NULL AND COALESCE(job.error_code, '') <> 'superseded' AND job.channel = 'whatsapp';
$$;

CREATE FUNCTION jobs_inserted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counter_changes VALUES (NEW.status, NEW.id / 1024, 1);
  RETURN NULL;
END $$;
CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs
  FOR EACH ROW WHEN (NEW.finished_at IS NOT NULL) EXECUTE FUNCTION jobs_inserted();

CREATE FUNCTION jobs_ended() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  PERFORM count_job(OLD, -1);
  PERFORM count_job(NEW, 1);
  RETURN NULL;
END $$;
CREATE TRIGGER jobs_ended AFTER UPDATE OF status ON jobs FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND (OLD.finished_at IS NOT NULL OR NEW.finished_at IS NOT NULL))
  EXECUTE FUNCTION jobs_ended();

CREATE FUNCTION jobs_delivered() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  ms BIGINT := LEAST(GREATEST(NEW.delivered_at - NEW.created_at, 0), 9900000);
BEGIN
  INSERT INTO counter_changes VALUES
    ('at.delivered', NEW.sent_at / 300000, 1),
    ('took', NEW.sent_at / 300000 * 10000000 + CASE
      WHEN ms < 100 THEN ms WHEN ms < 1000 THEN ms / 10 * 10 WHEN ms < 10000 THEN ms / 100 * 100
      WHEN ms < 100000 THEN ms / 1000 * 1000 WHEN ms < 1000000 THEN ms / 10000 * 10000
      ELSE ms / 100000 * 100000 END, 1);
  RETURN NULL;
END $$;
CREATE TRIGGER jobs_delivered AFTER UPDATE OF delivered_at ON jobs FOR EACH ROW
  WHEN (OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL) EXECUTE FUNCTION jobs_delivered();

-- One document a job (src/delivery/search-index.ts). Without the right to pg_trgm the search still works, slowly.
CREATE TABLE job_search (
  job_id BIGINT PRIMARY KEY,
  document TEXT NOT NULL
);
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX job_search_trigrams ON job_search USING gin (document gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
  RAISE NOTICE 'pg_trgm cannot be used';
END $$;

CREATE FUNCTION jobs_deleted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.finished_at IS NOT NULL THEN
    INSERT INTO counter_changes VALUES (OLD.status, OLD.id / 1024, -1);
  END IF;
  DELETE FROM job_search WHERE job_id = OLD.id;
  DELETE FROM search_backlog WHERE job_id = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_deleted();

CREATE FUNCTION jobs_search_error() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_backlog VALUES (NEW.id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER jobs_search_error AFTER UPDATE OF error_message ON jobs FOR EACH ROW
  WHEN (NEW.error_message IS NOT NULL) EXECUTE FUNCTION jobs_search_error();

-- As connect-pg-simple expects it, but with a time that no change of the clocks moves.
CREATE TABLE admin_sessions (
  sid VARCHAR PRIMARY KEY,
  sess JSON NOT NULL,
  expire TIMESTAMPTZ(6) NOT NULL
);
CREATE INDEX admin_sessions_expiry ON admin_sessions (expire);
