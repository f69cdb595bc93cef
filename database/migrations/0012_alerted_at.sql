-- When the alert that alerted_for names was last sent; alert_delivered_at is when it reached somebody.
ALTER TABLE service_status ADD COLUMN alerted_at BIGINT;
