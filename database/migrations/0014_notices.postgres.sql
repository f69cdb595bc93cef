-- What 0014_notices.sqlite.sql describes.
CREATE OR REPLACE FUNCTION count_job(job jobs, change BIGINT) RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO counter_changes
    SELECT job.status, job.id / 1024, change WHERE job.finished_at IS NOT NULL
    UNION ALL
    SELECT 'at.' || job.status, (CASE job.status WHEN 'sent' THEN job.sent_at ELSE job.finished_at END) / 300000, change
    WHERE job.finished_at IS NOT NULL AND COALESCE(job.error_code, '') <> 'superseded' AND job.channel = 'whatsapp'
      AND job.purpose <> 'notice';
$$;

DROP TRIGGER jobs_delivered ON jobs;
CREATE TRIGGER jobs_delivered AFTER UPDATE OF delivered_at ON jobs FOR EACH ROW
  WHEN (OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL AND NEW.purpose <> 'notice')
  EXECUTE FUNCTION jobs_delivered();
