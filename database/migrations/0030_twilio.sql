-- Since when a key refuses what compatible APIs are asked for over SMS or by a call; null: it goes out as it can.
ALTER TABLE api_keys ADD COLUMN sms_refused_at BIGINT;
