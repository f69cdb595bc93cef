import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { InstanceLock } from './instance-lock.js';

/** Any constant of our own: it names the lock inside a PostgreSQL database. */
const LOCK_KEY = 7_106_835_201;
/** A start that cannot reach the server says so within 3 s, the loading of the program included. */
const ANSWER_MS = 1_500;
const RETAKE_MS = 1_000;

/**
 * A session's advisory lock, or null while another session holds it. When its connection breaks (the server was
 * restarted), it is taken again as soon as the server answers; `onLost` is called when somebody else was faster.
 */
export async function lockPostgres(url: string, onLost: () => void): Promise<InstanceLock | null> {
  const { default: pg } = await import('pg');
  const ending = new AbortController();
  let holder: Client | null = null;
  let retaking: Promise<void> | null = null;

  /** False: another session holds it. */
  async function take(): Promise<boolean> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    // Whatever breaks ends the connection, too, and that is what counts.
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [LOCK_KEY]);
      if (rows[0]?.taken === true) holder = client;
    } finally {
      if (holder !== client) void client.end().catch(() => {});
    }
    if (holder !== client) return false;
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
      await holder?.end();
    },
  };
}
