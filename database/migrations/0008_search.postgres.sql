-- What 0008_search.sqlite.sql describes. No extension is needed any more; one that is there stays.
CREATE TABLE search_marks (
  block BIGINT NOT NULL,
  mark TEXT COLLATE "C" NOT NULL,
  places BYTEA NOT NULL,
  PRIMARY KEY (block, mark)
);
CREATE TABLE search_volumes (
  volume BIGINT NOT NULL,
  mark TEXT COLLATE "C" NOT NULL,
  places BYTEA NOT NULL,
  PRIMARY KEY (volume, mark)
);
CREATE TABLE search_errors (
  id {{NUMERIC_ID}},
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  UNIQUE (code, message)
);
ALTER TABLE search_progress ADD COLUMN volumes BIGINT NOT NULL DEFAULT 0;
UPDATE search_progress SET up_to = 0;

DROP TRIGGER jobs_search_error ON jobs;
DROP FUNCTION jobs_search_error();
CREATE OR REPLACE FUNCTION jobs_deleted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counter_changes VALUES (OLD.status, OLD.id / 1024, -1);
  RETURN NULL;
END $$;
DROP TRIGGER jobs_deleted ON jobs;
CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs
  FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION jobs_deleted();
DROP TABLE search_backlog;
DROP TABLE job_search;
