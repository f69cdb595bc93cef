import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { loadPostgres } from '../drivers/postgres-driver.js';
import type { InstanceLock } from './lock.js';
import { isPooled, PooledAddress } from './pooled-address.js';

/** Any constant of our own: it names the lock inside a PostgreSQL database. */
const LOCK_KEY = 7_106_835_201;
/** A start that cannot reach the server says so within 3 s, including the time to load the program. */
const ANSWER_MS = 1_500;
const RETAKE_MS = 1_000;

/** Identifies a session of the server, even after a restart that reused its number. */
interface ServerSession {
  pid: number;
  began: string;
}

/**
 * Throws `PooledAddress` when the lock would belong not to this process but to a connection of a pooler, which would lend
 * it to others and keep it forever. To be called before the lock is taken: then there is nothing to give back.
 */
export async function refusePooledAddress(url: string): Promise<void> {
  const [one, other] = [await connect(url), await connect(url)];
  try {
    if (await isPooled(one, other)) throw new PooledAddress();
  } finally {
    for (const client of [one, other]) void client.end().catch(() => {});
  }
}

/**
 * A session's advisory lock, or null while another session holds it. When its connection breaks (the server was
 * restarted), it is taken again as soon as the server answers; `onLost` is called when another process was faster.
 */
export async function lockPostgres(url: string, onLost: () => void): Promise<InstanceLock | null> {
  const ending = new AbortController();
  let holder: Client | null = null;
  let session: ServerSession | null = null;
  let retaking: Promise<void> | null = null;

  /** False: another session holds it. */
  async function take(): Promise<boolean> {
    const client = await connect(url);
    try {
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
      if (rows[0]?.taken !== true) {
        if (session && (await endSession(client, session))) throw new Error('We hold it ourselves still.');
        return false;
      }
      session = await keptSession(client);
      holder = client;
    } finally {
      if (holder !== client) void client.end().catch(() => {});
    }
    client.once('end', () => {
      holder = null;
      if (!ending.signal.aborted) retaking = retake();
    });
    return true;
  }

  async function retake(): Promise<void> {
    for (;;) {
      await sleep(RETAKE_MS, undefined, { signal: ending.signal }).catch(() => {});
      if (ending.signal.aborted) return;
      const taken = await take().catch(() => null);
      if (taken === false && !ending.signal.aborted) onLost();
      if (taken !== null) return;
    }
  }

  if (!(await take())) return null;
  return {
    async release() {
      ending.abort();
      await retaking;
      // A connection that has gone silent does not answer the goodbye either.
      await Promise.race([holder?.end(), sleep(ANSWER_MS, undefined, { ref: false })]);
    },
  };
}

async function connect(url: string): Promise<Client> {
  const { newClient } = await loadPostgres();
  const client = newClient({
    connectionString: url,
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    void client.end().catch(() => {});
    throw error;
  }
}

/** The session that holds the lock stays idle on purpose; the server is told so where that is possible (PostgreSQL 14). */
async function keptSession(client: Client): Promise<ServerSession | null> {
  await client.query(
    `SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`,
  );
  const { rows } = await client.query<ServerSession>(
    `SELECT pid, backend_start::text AS began FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
  );
  return rows[0] ?? null;
}

/** Ends our previous session if it is still there: until the server notices that a connection is lost, it keeps the lock. */
async function endSession(client: Client, { pid, began }: ServerSession): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid = $1 AND backend_start::text = $2 AND pid <> pg_backend_pid()
        AND EXISTS (SELECT 1 FROM pg_locks
          WHERE pg_locks.pid = pg_stat_activity.pid AND locktype = 'advisory' AND granted)`,
    [pid, began],
  );
  return rowCount === 1;
}
