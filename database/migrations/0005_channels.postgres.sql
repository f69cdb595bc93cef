-- at.sent, at.failed, at.expired count WhatsApp's jobs only: mails have no receipts, and would count as undelivered.
CREATE OR REPLACE FUNCTION count_job(job jobs, change BIGINT) RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO counter_changes
    SELECT job.status, job.id / 1024, change WHERE job.finished_at IS NOT NULL
    UNION ALL
    SELECT 'at.' || job.status, (CASE job.status WHEN 'sent' THEN job.sent_at ELSE job.finished_at END) / 300000, change
    WHERE job.finished_at IS NOT NULL AND COALESCE(job.error_code, '') <> 'superseded' AND job.channel = 'whatsapp';
$$;
