-- Counters are kept, not counted. Names:
--   sent, failed, expired              slot = job id / 1024: jobs with that status
--   at.sent, at.delivered              slot = sent_at / 5 minutes
--   at.failed, at.expired              slot = finished_at / 5 minutes; superseded codes are nobody's failure
--   (at.* of WhatsApp only: mails have no receipts, and would count as undelivered)
--   took                               slot = sent_at / 5 minutes * 10,000,000 + milliseconds from request to handset,
--                                      two significant digits
CREATE TABLE counters (
  name TEXT NOT NULL,
  slot BIGINT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (name, slot)
) WITHOUT ROWID;
CREATE VIEW counter_values AS SELECT name, slot, value FROM counters;

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
  FROM (SELECT sent_at, MIN(MAX(delivered_at - created_at, 0), 9900000) AS ms FROM jobs WHERE delivered_at IS NOT NULL) AS delivered
  GROUP BY 1, 2;

CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs WHEN NEW.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (NEW.status, NEW.id / 1024, 1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER jobs_ended AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND NEW.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (NEW.status, NEW.id / 1024, 1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
  INSERT INTO counters
    SELECT 'at.' || NEW.status, (CASE NEW.status WHEN 'sent' THEN NEW.sent_at ELSE NEW.finished_at END) / 300000, 1
    WHERE COALESCE(NEW.error_code, '') <> 'superseded' AND NEW.channel = 'whatsapp'
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
END;

-- A failed job that is retried, or that WhatsApp reports as sent after all.
CREATE TRIGGER jobs_end_undone AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND OLD.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (OLD.status, OLD.id / 1024, -1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
  INSERT INTO counters
    SELECT 'at.' || OLD.status, (CASE OLD.status WHEN 'sent' THEN OLD.sent_at ELSE OLD.finished_at END) / 300000, -1
    WHERE COALESCE(OLD.error_code, '') <> 'superseded' AND OLD.channel = 'whatsapp'
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
END;

CREATE TRIGGER jobs_delivered AFTER UPDATE OF delivered_at ON jobs
WHEN OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES ('at.delivered', NEW.sent_at / 300000, 1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
  INSERT INTO counters
    SELECT 'took', NEW.sent_at / 300000 * 10000000 + CASE
      WHEN ms < 100 THEN ms WHEN ms < 1000 THEN ms / 10 * 10 WHEN ms < 10000 THEN ms / 100 * 100
      WHEN ms < 100000 THEN ms / 1000 * 1000 WHEN ms < 1000000 THEN ms / 10000 * 10000
      ELSE ms / 100000 * 100000 END, 1
    FROM (SELECT MIN(MAX(NEW.delivered_at - NEW.created_at, 0), 9900000) AS ms) WHERE TRUE
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs BEGIN
  INSERT INTO counters SELECT OLD.status, OLD.id / 1024, -1 WHERE OLD.finished_at IS NOT NULL
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
  DELETE FROM job_search WHERE rowid = OLD.id;
  DELETE FROM search_backlog WHERE job_id = OLD.id;
END;

-- One document a job (src/delivery/search-index.ts), its rowid the job's id. Three letters are the smallest word.
CREATE VIRTUAL TABLE job_search USING fts5 (
  document, tokenize = 'trigram', content = '', contentless_delete = 1, detail = none
);
CREATE TRIGGER jobs_search_error AFTER UPDATE OF error_message ON jobs WHEN NEW.error_message IS NOT NULL BEGIN
  INSERT INTO search_backlog VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
