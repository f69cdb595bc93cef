-- Until when another step of the route may begin, however the present one ends; null: none follows. The codes that have
-- one are looked at again and again: they are few.
ALTER TABLE codes ADD COLUMN may_follow_until BIGINT;
CREATE INDEX codes_followed ON codes (may_follow_until) WHERE may_follow_until IS NOT NULL AND status = 'pending';
-- As in jobs; null: every newer code for the same person and purpose takes its place.
ALTER TABLE codes ADD COLUMN asked_by TEXT;
CREATE INDEX codes_asked ON codes (asked_by) WHERE asked_by IS NOT NULL;
-- Something else that its messages tell.
ALTER TABLE codes ADD COLUMN sentence TEXT;
