import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database whose bad days a test makes: its user is not the superuser, who is exempt from them. */
export interface FragileDatabase {
  /** As the product opens it. */
  url: string;
  /** Ends every session of the user. Resolves with how many those were. */
  cutAll(): Promise<number>;
  /** From now on a new session is refused with 53300. */
  refuseSessions(): Promise<void>;
  allowSessions(): Promise<void>;
  /** What a fail-over leaves behind: from now on, new sessions are read-only, and remain so after `takeWrites`. */
  refuseWrites(): Promise<void>;
  takeWrites(): Promise<void>;
  /** The sessions that hold an advisory lock in it. */
  lockHolders(): Promise<number[]>;
  /** As the superuser, in this database. */
  ask(query: string): Promise<Record<string, unknown>[]>;
}

/** @param serverUrl of the superuser, without a database. */
export async function newFragileDatabase(serverUrl: string): Promise<FragileDatabase> {
  const name = `fragile_${randomBytes(6).toString('hex')}`;
  await askIn(`${serverUrl}/postgres`, `CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
  await askIn(`${serverUrl}/postgres`, `CREATE DATABASE ${name} OWNER ${name}`);
  const url = new URL(`${serverUrl}/${name}`);
  url.username = name;
  url.password = 'secret';
  const ask = (query: string) => askIn(`${serverUrl}/${name}`, query);

  return {
    url: url.href,
    ask,
    async cutAll() {
      const cut = await ask(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '${name}'`,
      );
      return cut.length;
    },
    refuseSessions: async () => void (await ask(`ALTER ROLE ${name} CONNECTION LIMIT 0`)),
    allowSessions: async () => void (await ask(`ALTER ROLE ${name} CONNECTION LIMIT -1`)),
    refuseWrites: async () => void (await ask(`ALTER ROLE ${name} SET default_transaction_read_only = on`)),
    takeWrites: async () => void (await ask(`ALTER ROLE ${name} RESET default_transaction_read_only`)),
    async lockHolders() {
      const rows = await ask(`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      return rows.map(({ pid }) => Number(pid));
    },
  };
}

async function askIn(url: string, query: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}
