-- Messages without a code (purpose 'notice') count as jobs, but in no figure of how codes arrive: at.* and took.
DROP TRIGGER jobs_ended;
CREATE TRIGGER jobs_ended AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND NEW.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (NEW.status, NEW.id / 1024, 1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
  INSERT INTO counters
    SELECT 'at.' || NEW.status, (CASE NEW.status WHEN 'sent' THEN NEW.sent_at ELSE NEW.finished_at END) / 300000, 1
    WHERE COALESCE(NEW.error_code, '') <> 'superseded' AND NEW.channel = 'whatsapp' AND NEW.purpose <> 'notice'
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
END;

DROP TRIGGER jobs_end_undone;
CREATE TRIGGER jobs_end_undone AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND OLD.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (OLD.status, OLD.id / 1024, -1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
  INSERT INTO counters
    SELECT 'at.' || OLD.status, (CASE OLD.status WHEN 'sent' THEN OLD.sent_at ELSE OLD.finished_at END) / 300000, -1
    WHERE COALESCE(OLD.error_code, '') <> 'superseded' AND OLD.channel = 'whatsapp' AND OLD.purpose <> 'notice'
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
END;

DROP TRIGGER jobs_delivered;
CREATE TRIGGER jobs_delivered AFTER UPDATE OF delivered_at ON jobs
WHEN OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL AND NEW.purpose <> 'notice' BEGIN
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
