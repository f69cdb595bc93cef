-- What is an event is said here, and nowhere else. It is written only where an endpoint hears it; a key's events are heard
-- by its own endpoints, all others (of contracts and hooks, too) by those of the environment.
CREATE TRIGGER webhooks_job_accepted AFTER INSERT ON jobs
WHEN NEW.purpose <> 'notice' AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL
  AND caller = CASE WHEN NEW.caller LIKE 'key:%' THEN NEW.caller ELSE 'env' END) BEGIN
  INSERT INTO webhook_events (type, hearer, at, job_id, code_id, purpose, channel, contact)
    VALUES ('code.accepted', CASE WHEN NEW.caller LIKE 'key:%' THEN NEW.caller ELSE 'env' END,
      NEW.created_at, NEW.id, NEW.code_id, NEW.purpose, NEW.channel, NEW.recipient);
END;

-- A receipt may tell several things at once: in this order.
CREATE TRIGGER webhooks_job_changed AFTER UPDATE OF status, sent_at, delivered_at, read_at ON jobs
WHEN NEW.purpose <> 'notice'
  AND (OLD.status <> NEW.status AND NEW.finished_at IS NOT NULL OR OLD.sent_at IS NULL AND NEW.sent_at IS NOT NULL
    OR OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL OR OLD.read_at IS NULL AND NEW.read_at IS NOT NULL)
  AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL
    AND caller = CASE WHEN NEW.caller LIKE 'key:%' THEN NEW.caller ELSE 'env' END) BEGIN
  INSERT INTO webhook_events (type, hearer, at, job_id, code_id, purpose, channel, contact, error_code, error_message)
    SELECT type, CASE WHEN NEW.caller LIKE 'key:%' THEN NEW.caller ELSE 'env' END, at, NEW.id, NEW.code_id, NEW.purpose,
      NEW.channel, NEW.recipient, error_code, error_message
    FROM (
      SELECT 1 AS place, 'code.sent' AS type, NEW.sent_at AS at, NULL AS error_code, NULL AS error_message
        WHERE OLD.sent_at IS NULL AND NEW.sent_at IS NOT NULL
      UNION ALL SELECT 2, 'code.delivered', NEW.delivered_at, NULL, NULL
        WHERE OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL
      UNION ALL SELECT 3, 'code.read', NEW.read_at, NULL, NULL
        WHERE OLD.read_at IS NULL AND NEW.read_at IS NOT NULL
      UNION ALL SELECT 4, CASE NEW.status WHEN 'expired' THEN 'code.expired' ELSE 'code.failed' END, NEW.finished_at,
          COALESCE(NEW.error_code, NEW.status), NEW.error_message
        WHERE OLD.status <> NEW.status AND NEW.finished_at IS NOT NULL AND NEW.status <> 'sent'
    ) ORDER BY place;
END;

CREATE TRIGGER webhooks_code_ended AFTER UPDATE OF status ON codes
WHEN NEW.purpose = 'verification' AND OLD.status <> NEW.status AND NEW.status <> 'pending'
  AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL
    AND caller = CASE WHEN NEW.caller LIKE 'key:%' THEN NEW.caller ELSE 'env' END) BEGIN
  INSERT INTO webhook_events (type, hearer, at, code_id, purpose, contact)
    VALUES ('verification.' || NEW.status, CASE WHEN NEW.caller LIKE 'key:%' THEN NEW.caller ELSE 'env' END,
      COALESCE(NEW.ended_at, NEW.changed_at), NEW.id, NEW.purpose, NEW.contact);
END;

-- Each time that it is noted, also when it is the same as before.
CREATE TRIGGER webhooks_sender_mismatch AFTER UPDATE OF last_problem ON codes
WHEN NEW.purpose = 'verification' AND NEW.last_problem = 'sender_mismatch'
  AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL
    AND caller = CASE WHEN NEW.caller LIKE 'key:%' THEN NEW.caller ELSE 'env' END) BEGIN
  INSERT INTO webhook_events (type, hearer, at, code_id, purpose, contact)
    VALUES ('verification.sender_mismatch', CASE WHEN NEW.caller LIKE 'key:%' THEN NEW.caller ELSE 'env' END,
      NEW.changed_at, NEW.id, NEW.purpose, NEW.contact);
END;

CREATE TRIGGER webhooks_sender_changed AFTER UPDATE OF state ON service_status
WHEN OLD.state <> NEW.state AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL) BEGIN
  INSERT INTO webhook_events (type, at, contact, detail)
    VALUES ('sender.state_changed', NEW.since, NEW.phone, json_object('account', NEW.account, 'state', NEW.state,
      'previousState', OLD.state));
END;

-- Whoever has a key no more hears nothing more.
CREATE TRIGGER webhooks_key_revoked AFTER UPDATE OF revoked_at ON api_keys WHEN NEW.revoked_at IS NOT NULL BEGIN
  UPDATE webhook_endpoints SET disabled_at = NEW.revoked_at, disabled_for = 'operator'
    WHERE caller = 'key:' || NEW.id AND disabled_at IS NULL;
END;
