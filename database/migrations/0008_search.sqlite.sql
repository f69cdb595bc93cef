-- What the search finds jobs by (src/delivery/search-marks.ts): for each block of 1,024 ids, and each mark that jobs in it
-- have, which jobs have it. Written once, behind the queue. Takes the place of one document a job.
CREATE TABLE search_marks (
  block BIGINT NOT NULL,
  mark TEXT NOT NULL,
  -- 16 bits an entry: the job within its block, and where it has the mark
  places BLOB NOT NULL,
  PRIMARY KEY (block, mark)
) WITHOUT ROWID;
-- The same of 64 blocks in one row, once they are full: the fewer rows a search of all jobs reads, the better.
CREATE TABLE search_volumes (
  volume BIGINT NOT NULL,
  mark TEXT NOT NULL,
  -- for each block that has the mark: its number within the volume, how many entries, the entries; 16 bits each
  places BLOB NOT NULL,
  PRIMARY KEY (volume, mark)
);
-- The errors that have a mark of their own: few texts for many jobs.
CREATE TABLE search_errors (
  id {{NUMERIC_ID}},
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  UNIQUE (code, message)
);
ALTER TABLE search_progress ADD COLUMN volumes BIGINT NOT NULL DEFAULT 0;
UPDATE search_progress SET up_to = 0;

DROP TRIGGER jobs_search_error;
DROP TRIGGER jobs_deleted;
CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs WHEN OLD.finished_at IS NOT NULL BEGIN
  INSERT INTO counters VALUES (OLD.status, OLD.id / 1024, -1)
    ON CONFLICT (name, slot) DO UPDATE SET value = value - 1;
END;
DROP TABLE search_backlog;
DROP TABLE job_search;
