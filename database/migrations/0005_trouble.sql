-- since when nothing can be sent, over all attempts and restarts (null: the number is connected, or was never paired)
ALTER TABLE service_status ADD COLUMN lost_since BIGINT;
-- when the restriction began; restricted_at is when WhatsApp last said so
ALTER TABLE service_status ADD COLUMN restricted_since BIGINT;
-- when the trouble began that alerted_for names
ALTER TABLE service_status ADD COLUMN alerted_since BIGINT;
-- when that alert reached somebody (null: not yet)
ALTER TABLE service_status ADD COLUMN alert_delivered_at BIGINT;
UPDATE service_status SET restricted_since = restricted_at, alert_delivered_at = 0;
