-- Who asked for a job: a key, or a sign-in contract; null: nobody noted it yet.
ALTER TABLE jobs ADD COLUMN caller TEXT;
-- The sender that claimed it; null until one has.
ALTER TABLE jobs ADD COLUMN sender TEXT;
-- The code whose message it is; null: it has no row of its own.
ALTER TABLE jobs ADD COLUMN code_id TEXT;
