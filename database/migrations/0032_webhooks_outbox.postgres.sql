-- What 0032_webhooks_outbox.sqlite.sql describes.
CREATE FUNCTION webhook_hearer(caller TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN caller LIKE 'key:%' THEN caller ELSE 'env' END;
$$;

CREATE FUNCTION webhooks_job_accepted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL AND caller = webhook_hearer(NEW.caller)) THEN
    INSERT INTO webhook_events (type, hearer, at, job_id, code_id, purpose, channel, contact)
      VALUES ('code.accepted', webhook_hearer(NEW.caller), NEW.created_at, NEW.id, NEW.code_id, NEW.purpose, NEW.channel,
        NEW.recipient);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER webhooks_job_accepted AFTER INSERT ON jobs FOR EACH ROW WHEN (NEW.purpose <> 'notice')
  EXECUTE FUNCTION webhooks_job_accepted();

CREATE FUNCTION webhooks_job_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL AND caller = webhook_hearer(NEW.caller)) THEN
    INSERT INTO webhook_events (type, hearer, at, job_id, code_id, purpose, channel, contact, error_code, error_message)
      SELECT type, webhook_hearer(NEW.caller), at, NEW.id, NEW.code_id, NEW.purpose, NEW.channel, NEW.recipient,
        error_code, error_message
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
      ) AS told ORDER BY place;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER webhooks_job_changed AFTER UPDATE OF status, sent_at, delivered_at, read_at ON jobs FOR EACH ROW
  WHEN (NEW.purpose <> 'notice'
    AND (OLD.status <> NEW.status AND NEW.finished_at IS NOT NULL OR OLD.sent_at IS NULL AND NEW.sent_at IS NOT NULL
      OR OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL OR OLD.read_at IS NULL AND NEW.read_at IS NOT NULL))
  EXECUTE FUNCTION webhooks_job_changed();

CREATE FUNCTION webhooks_code_ended() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL AND caller = webhook_hearer(NEW.caller)) THEN
    INSERT INTO webhook_events (type, hearer, at, code_id, purpose, contact)
      VALUES ('verification.' || NEW.status, webhook_hearer(NEW.caller), COALESCE(NEW.ended_at, NEW.changed_at), NEW.id,
        NEW.purpose, NEW.contact);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER webhooks_code_ended AFTER UPDATE OF status ON codes FOR EACH ROW
  WHEN (NEW.purpose = 'verification' AND OLD.status <> NEW.status AND NEW.status <> 'pending')
  EXECUTE FUNCTION webhooks_code_ended();

CREATE FUNCTION webhooks_sender_mismatch() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL AND caller = webhook_hearer(NEW.caller)) THEN
    INSERT INTO webhook_events (type, hearer, at, code_id, purpose, contact)
      VALUES ('verification.sender_mismatch', webhook_hearer(NEW.caller), NEW.changed_at, NEW.id, NEW.purpose, NEW.contact);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER webhooks_sender_mismatch AFTER UPDATE OF last_problem ON codes FOR EACH ROW
  WHEN (NEW.purpose = 'verification' AND NEW.last_problem = 'sender_mismatch')
  EXECUTE FUNCTION webhooks_sender_mismatch();

CREATE FUNCTION webhooks_sender_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM webhook_endpoints WHERE disabled_at IS NULL) THEN
    INSERT INTO webhook_events (type, at, contact, detail)
      VALUES ('sender.state_changed', NEW.since, NEW.phone, json_build_object('account', NEW.account, 'state', NEW.state,
        'previousState', OLD.state)::text);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER webhooks_sender_changed AFTER UPDATE OF state ON service_status FOR EACH ROW
  WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION webhooks_sender_changed();

CREATE FUNCTION webhooks_key_revoked() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  UPDATE webhook_endpoints SET disabled_at = NEW.revoked_at, disabled_for = 'operator'
    WHERE caller = 'key:' || NEW.id AND disabled_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER webhooks_key_revoked AFTER UPDATE OF revoked_at ON api_keys FOR EACH ROW
  WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION webhooks_key_revoked();
