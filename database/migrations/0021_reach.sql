-- Whom a WhatsApp number may write to now: not whoever it has written to before, but who wrote to it within a day, and
-- whose trusted-contact token it holds. A person whose number is not known yet has a row under the LID.

-- when the person's app issued the token
ALTER TABLE recipients ADD COLUMN token_at BIGINT;
-- when the person last wrote
ALTER TABLE recipients ADD COLUMN wrote_at BIGINT;
-- what follows from both; null: never
ALTER TABLE recipients ADD COLUMN reachable_until BIGINT;
-- WhatsApp has refused a message to this person alone: none is tried again before this time
ALTER TABLE recipients ADD COLUMN refused_until BIGINT;
-- since when messages are accepted and none arrives
ALTER TABLE recipients ADD COLUMN silent_at BIGINT;

-- The cap on chats begun with people who do not answer; the restriction of before is the other reason.
ALTER TABLE service_status ADD COLUMN capped_at BIGINT;
ALTER TABLE service_status ADD COLUMN capped_until BIGINT;
-- what WhatsApp last said about the cap, as JSON
ALTER TABLE service_status ADD COLUMN quota TEXT;
-- when a restriction last began, kept after its end
ALTER TABLE service_status ADD COLUMN locked_at BIGINT;
-- when the device was linked
ALTER TABLE service_status ADD COLUMN linked_at BIGINT;
-- when the session's tokens were taken over into recipients; null: that is still to be done
ALTER TABLE service_status ADD COLUMN tokens_read_at BIGINT;
-- since when messages go to numbers, because WhatsApp refuses this sender's messages to LIDs
ALTER TABLE service_status ADD COLUMN by_number_at BIGINT;
-- A link of before is as old as its oldest accepted message.
UPDATE service_status SET linked_at = (SELECT MIN(first_accepted_at) FROM recipients
  WHERE recipients.account = service_status.account);
