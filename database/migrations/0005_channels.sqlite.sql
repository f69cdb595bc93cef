-- at.sent, at.failed, at.expired count WhatsApp's jobs only: mails have no receipts, and would count as undelivered.
DROP TRIGGER jobs_ended;
CREATE TRIGGER jobs_ended AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND NEW.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (NEW.status, NEW.id / 1024, 1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
  INSERT INTO counters
    SELECT 'at.' || NEW.status, (CASE NEW.status WHEN 'sent' THEN NEW.sent_at ELSE NEW.finished_at END) / 300000, 1
    WHERE COALESCE(NEW.error_code, '') <> 'superseded' AND NEW.channel = 'whatsapp'
    ON CONFLICT (name, slot) DO UPDATE SET value = value + 1;
END;

DROP TRIGGER jobs_end_undone;
CREATE TRIGGER jobs_end_undone AFTER UPDATE OF status ON jobs
WHEN OLD.status <> NEW.status AND OLD.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (OLD.status, OLD.id / 1024, -1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
  INSERT INTO counters
    SELECT 'at.' || OLD.status, (CASE OLD.status WHEN 'sent' THEN OLD.sent_at ELSE OLD.finished_at END) / 300000, -1
    WHERE COALESCE(OLD.error_code, '') <> 'superseded' AND OLD.channel = 'whatsapp'
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
END;
