-- The X-Request-Id of the answer to the request that a message, or a code, goes back to. Its first 48 bits are the time of
-- the request: it is found by created_at, and needs no index that every message would pay for.
ALTER TABLE jobs ADD COLUMN request_id TEXT;
ALTER TABLE codes ADD COLUMN request_id TEXT;

-- A job that its caller has canceled (error_code 'canceled') counts as such, and not as failed: in the counters by status,
-- and in no figure of how codes arrive.
DROP TRIGGER jobs_ended;
CREATE TRIGGER jobs_ended AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND NEW.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (CASE NEW.error_code WHEN 'canceled' THEN 'canceled' ELSE NEW.status END, NEW.id / 1024, 1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
  INSERT INTO counters
    SELECT 'at.' || NEW.status, (CASE NEW.status WHEN 'sent' THEN NEW.sent_at ELSE NEW.finished_at END) / 300000, 1
    WHERE COALESCE(NEW.error_code, '') NOT IN ('superseded', 'canceled') AND NEW.channel = 'whatsapp'
      AND NEW.purpose <> 'notice'
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
END;

DROP TRIGGER jobs_end_undone;
CREATE TRIGGER jobs_end_undone AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND OLD.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (CASE OLD.error_code WHEN 'canceled' THEN 'canceled' ELSE OLD.status END, OLD.id / 1024, -1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
  INSERT INTO counters
    SELECT 'at.' || OLD.status, (CASE OLD.status WHEN 'sent' THEN OLD.sent_at ELSE OLD.finished_at END) / 300000, -1
    WHERE COALESCE(OLD.error_code, '') NOT IN ('superseded', 'canceled') AND OLD.channel = 'whatsapp'
      AND OLD.purpose <> 'notice'
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
END;

DROP TRIGGER jobs_deleted;
CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs WHEN OLD.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (CASE OLD.error_code WHEN 'canceled' THEN 'canceled' ELSE OLD.status END, OLD.id / 1024, -1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
END;
