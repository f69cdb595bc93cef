import Sqlite from 'better-sqlite3';
import { Kysely, PostgresDialect, type RawBuilder, SqliteDialect, sql } from 'kysely';
import pg from 'pg';
import type { DatabaseSettings } from '../database/connect.js';
import type { Store, Tables } from '../database/schema.js';
import { FAILURES } from '../src/delivery/job.js';

const DAY_MS = 86_400_000;
const DAYS = 30;
const JOBS_A_STATEMENT = 100_000;

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
 * random and is the same in each run. The database has its tables.
 */
export async function fillJobs(
  settings: DatabaseSettings,
  codeHash: (code: string) => string,
  jobs: number,
): Promise<void> {
  const { kind } = settings;
  const store = storeWithoutTimeLimit(settings);
  await store.connection().execute(async (connection) => {
    const run = (statement: RawBuilder<unknown>) => statement.execute(connection);
    // What SQLite's triggers count on the way is counted afterwards: row by row it would take PostgreSQL long.
    await run(kind === 'sqlite' ? sql`PRAGMA synchronous = OFF` : sql`ALTER TABLE jobs DISABLE TRIGGER USER`);
    await fillSources(connection, codeHash);
    const stepMs = Math.floor((DAYS * DAY_MS) / jobs);
    const start = Date.now() - jobs * stepMs;
    for (let first = 1; first <= jobs; first += JOBS_A_STATEMENT) {
      const last = Math.min(jobs, first + JOBS_A_STATEMENT - 1);
      await run(insertJobs({ first, last, half: jobs / 2, start, stepMs }));
    }
    for (const counted of COUNTERS_OF_HISTORY) await run(sql.raw(`INSERT INTO counters ${counted}`));
    if (kind === 'sqlite') return;
    await run(sql.raw(`INSERT INTO counters ${COUNTERS_OF_STATUS}`));
    await run(sql`ALTER TABLE jobs ENABLE TRIGGER USER`);
    await run(sql`SELECT setval(pg_get_serial_sequence('jobs', 'id'), ${jobs})`);
    await run(sql`VACUUM ANALYZE jobs`);
  });
  await store.destroy();
}

function storeWithoutTimeLimit(settings: DatabaseSettings): Store {
  const dialect =
    settings.kind === 'sqlite'
      ? new SqliteDialect({ database: new Sqlite(settings.filename) })
      : new PostgresDialect({ pool: new pg.Pool({ connectionString: settings.url, max: 1 }) });
  return new Kysely<Tables>({ dialect });
}

async function fillSources(store: Store, codeHash: (code: string) => string): Promise<void> {
  await sql`CREATE TEMP TABLE codes (code INTEGER PRIMARY KEY, hash TEXT)`.execute(store);
  await sql`CREATE TEMP TABLE failures (n INTEGER PRIMARY KEY, error_code TEXT, error_message TEXT)`.execute(
    store,
  );
  for (let first = 0; first < 10_000; first += 1_000) {
    const codes = Array.from({ length: 1_000 }, (_, n) => first + n);
    const rows = codes.map((code) => sql`(${code}, ${codeHash(String(code).padStart(4, '0'))})`);
    await sql`INSERT INTO codes VALUES ${sql.join(rows)}`.execute(store);
  }
  const failures = [...FAILED, ...Array<'code_expired'>(3).fill('code_expired')].map((reason, n) => {
    const detail = reason === 'rejected_by_whatsapp' ? ' (error 479)' : '';
    return sql`(${90 + n}, ${reason}, ${FAILURES[reason] + detail})`;
  });
  await sql`INSERT INTO failures VALUES ${sql.join(failures)}`.execute(store);
}

function insertJobs(part: { first: number; last: number; half: number; start: number; stepMs: number }) {
  const { first, last, half, start, stepMs } = part;
  return sql.raw(`
    INSERT INTO jobs (id, account, channel, purpose, recipient, message_id, code_hash, status, error_code, error_message,
      writes, run_at, created_at, claimed_at, sent_at, delivered_at, read_at, finished_at, expires_at, message_shape)
    WITH RECURSIVE
      n (i) AS (SELECT CAST(${first} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < ${last}),
      mixed (i, r, at) AS (SELECT i, i * 2654435761 % 4294967296, ${start} + i * ${stepMs} FROM n)
    SELECT i, 'default', 'whatsapp', 'gateway', '+2010' || (10000000 + r * 7 % 89999999),
      '3EB0' || (1000000000000000000 + i), hash,
      CASE WHEN r % 100 < 90 THEN 'sent' WHEN r % 100 < 97 THEN 'failed' ELSE 'expired' END, error_code, error_message,
      1, at, at, at + 500, CASE WHEN r % 100 < 90 THEN at + 1000 END,
      CASE WHEN r % 100 < 86 THEN at + 1500 + r % 7919 END, CASE WHEN r % 100 < 50 THEN at + 20000 END,
      at + 1000, at + 300000, CASE WHEN i > ${half} THEN 2 ELSE 1 END
    FROM mixed JOIN codes ON code = r / 100 % 10000 LEFT JOIN failures ON failures.n = r % 100 ORDER BY i`);
}

/** What the triggers would have counted. */
const COUNTERS_OF_STATUS = 'SELECT status, id / 1024, COUNT(*) FROM jobs GROUP BY 1, 2';
const COUNTERS_OF_HISTORY = [
  `SELECT 'at.' || status, (CASE status WHEN 'sent' THEN sent_at ELSE finished_at END) / 300000, COUNT(*) FROM jobs
    WHERE COALESCE(error_code, '') <> 'superseded' GROUP BY 1, 2`,
  `SELECT 'at.delivered', sent_at / 300000, COUNT(*) FROM jobs WHERE delivered_at IS NOT NULL GROUP BY 1, 2`,
  `SELECT 'took', sent_at / 300000 * 10000000 + (delivered_at - created_at) / 100 * 100, COUNT(*) FROM jobs
    WHERE delivered_at IS NOT NULL GROUP BY 1, 2`,
];
