-- What 0029_requests.sqlite.sql describes.
ALTER TABLE jobs ADD COLUMN request_id TEXT;
ALTER TABLE codes ADD COLUMN request_id TEXT;

CREATE OR REPLACE FUNCTION count_job(job jobs, change BIGINT) RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO counter_changes
    SELECT CASE job.error_code WHEN 'canceled' THEN 'canceled' ELSE job.status END, job.id / 1024, change
    WHERE job.finished_at IS NOT NULL
    UNION ALL
    SELECT 'at.' || job.status, (CASE job.status WHEN 'sent' THEN job.sent_at ELSE job.finished_at END) / 300000, change
    WHERE job.finished_at IS NOT NULL AND COALESCE(job.error_code, '') NOT IN ('superseded', 'canceled')
      AND job.channel = 'whatsapp' AND job.purpose <> 'notice';
$$;

CREATE OR REPLACE FUNCTION jobs_deleted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counter_changes
    VALUES (CASE OLD.error_code WHEN 'canceled' THEN 'canceled' ELSE OLD.status END, OLD.id / 1024, -1);
  RETURN NULL;
END $$;
