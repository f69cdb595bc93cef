import Sqlite from 'better-sqlite3';
import { FAILURES } from '../src/delivery/job.js';

export const JOBS = 1_000_000;
const DAY_MS = 86_400_000;
const DAYS = 30;

/** How the failed ones of each hundred jobs ended, most of them superseded. */
const FAILED = [
  'superseded',
  'superseded',
  'superseded',
  'not_on_whatsapp',
  'not_on_whatsapp',
  'attempts_exhausted',
  'rejected_by_whatsapp',
] as const;

/** The messages of the filled jobs, in the order of their numbers. */
export const SHAPES = [
  'Your code is ••••.',
  'Your verification code is ••••. It is valid for 5 minutes. Do not share it with anyone.',
];

/**
 * A month of a busy gateway: of a hundred jobs 90 sent (most delivered), 7 failed, 3 expired, in an order that looks
 * random and is the same in each run.
 */
export function fillJobs(file: string, codeHash: (code: string) => string): void {
  const direct = new Sqlite(file);
  direct.pragma('synchronous = OFF');
  direct.exec(`CREATE TEMP TABLE codes (code INTEGER PRIMARY KEY, hash TEXT);
    CREATE TEMP TABLE failures (n INTEGER PRIMARY KEY, error_code TEXT, error_message TEXT)`);
  const addCode = direct.prepare('INSERT INTO codes VALUES (?, ?)');
  const addFailure = direct.prepare('INSERT INTO failures VALUES (?, ?, ?)');
  direct.transaction(() => {
    for (let code = 0; code < 10_000; code++) addCode.run(code, codeHash(String(code).padStart(4, '0')));
    for (const [n, reason] of FAILED.entries()) {
      const detail = reason === 'rejected_by_whatsapp' ? ' (error 479)' : '';
      addFailure.run(90 + n, reason, FAILURES[reason] + detail);
    }
    for (let n = 97; n < 100; n++) addFailure.run(n, 'code_expired', FAILURES.code_expired);
  })();
  direct
    .prepare(
      `INSERT INTO jobs (account, channel, purpose, recipient, message_id, code_hash, status, error_code, error_message,
         writes, run_at, created_at, claimed_at, sent_at, delivered_at, read_at, finished_at, expires_at, message_shape)
       WITH RECURSIVE
         n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @jobs),
         mixed (i, r, at) AS (SELECT i, i * 2654435761 % 4294967296, @start + i * @step FROM n)
       SELECT 'default', 'whatsapp', 'gateway', '+2010' || (10000000 + r * 7 % 89999999), hex(randomblob(11)), hash,
         CASE WHEN r % 100 < 90 THEN 'sent' WHEN r % 100 < 97 THEN 'failed' ELSE 'expired' END, error_code, error_message,
         1, at, at, at + 500, CASE WHEN r % 100 < 90 THEN at + 1000 END,
         CASE WHEN r % 100 < 86 THEN at + 1500 + r % 7919 END, CASE WHEN r % 100 < 50 THEN at + 20000 END,
         at + 1000, at + 300000, 1 + (i > @jobs / 2)
       FROM mixed JOIN codes ON code = r / 100 % 10000 LEFT JOIN failures ON failures.n = r % 100`,
    )
    .run({ jobs: JOBS, start: Date.now() - DAYS * DAY_MS, step: (DAYS * DAY_MS) / JOBS });
  direct.exec(COUNTERS_OF_HISTORY);
  direct.pragma('wal_checkpoint(TRUNCATE)');
  direct.close();
}

/** What the triggers would have counted on the way. */
const COUNTERS_OF_HISTORY = `
  INSERT INTO counters
    SELECT 'at.' || status, (CASE status WHEN 'sent' THEN sent_at ELSE finished_at END) / 300000, COUNT(*) FROM jobs
    WHERE COALESCE(error_code, '') <> 'superseded' GROUP BY 1, 2;
  INSERT INTO counters
    SELECT 'at.delivered', sent_at / 300000, COUNT(*) FROM jobs WHERE delivered_at IS NOT NULL GROUP BY 1, 2;
  INSERT INTO counters
    SELECT 'took', sent_at / 300000 * 10000000 + (delivered_at - created_at) / 100 * 100, COUNT(*) FROM jobs
    WHERE delivered_at IS NOT NULL GROUP BY 1, 2;`;
