import type { Client } from 'pg';

/** A pooler behind the address gives every transaction whichever connection is free. */
export class PooledAddress extends Error {
  override readonly name = 'PooledAddress';

  constructor() {
    super('The address of the database swaps connections between transactions.');
  }
}

/**
 * A pooler that lends the most recently used connection, or the one that was idle longest, is detected in the first
 * round; one that picked at random from two would go unnoticed once in a few thousand starts.
 */
const ROUNDS = 4;
/** Poolers that pool single statements refuse transactions (PgBouncer's `pool_mode=statement`). */
const PROTOCOL_VIOLATION = '08P01';

/**
 * Whether two connections to the same address fail to be two sessions of the server. What belongs to a session (a lock,
 * LISTEN) would then stay with a connection that others use. Leaves nothing behind on either.
 */
export async function isPooled(one: Client, other: Client): Promise<boolean> {
  const own = await sessionOf(one);
  for (let round = 0; round < ROUNDS; round++) {
    if ((await sessionOf(other)) === own) return true;
    if (!(await begins(other))) return true;
    try {
      // The other one occupies a connection now: if there was only one, this takes a new one, or waits.
      if ((await sessionOf(other)) === own || (await sessionOf(one)) !== own) return true;
    } finally {
      await other.query('ROLLBACK');
    }
    if ((await sessionOf(one)) !== own) return true;
  }
  return false;
}

async function sessionOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

async function begins(client: Client): Promise<boolean> {
  try {
    await client.query('BEGIN');
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === PROTOCOL_VIOLATION) return false;
    throw error;
  }
}
