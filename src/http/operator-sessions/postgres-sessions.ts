import session from 'express-session';
import { loadPostgres } from '../../../database/drivers/postgres-driver.js';
import type { OpenedSessions, StoredSession } from './opened-sessions.js';

const TABLE = 'admin_sessions';
/** Enough for a few operators; idle connections are closed. */
const MAX_CONNECTIONS = 2;
/** A page whose session cannot be read says so soon. */
const CONNECT_TIMEOUT_MS = 3_000;
const QUERY_TIMEOUT_MS = 5_000;

/**
 * Opens connect-pg-simple on its own connections, none of which is opened before the first request.
 * @param options.latest the latest end that a session can have, Unix ms.
 */
export async function openPostgresSessions(
  url: string,
  options: { latest(): number },
): Promise<OpenedSessions> {
  const [{ newPool }, { default: connect }] = await Promise.all([
    loadPostgres(),
    import('connect-pg-simple'),
  ]);
  const pool = newPool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  const PgStore = connect(session);
  const store = new PgStore({ pool, tableName: TABLE, pruneSessionInterval: false });

  // The library would also extend an expired session that is not pruned yet. In whole seconds, like the library.
  const seconds = (at: number) => Math.ceil(at / 1000);
  store.touch = (sid, { cookie }, callback) => {
    const expiry = cookie.expires ? cookie.expires.getTime() : Date.now();
    pool
      .query(`UPDATE ${TABLE} SET expire = to_timestamp($1) WHERE sid = $2 AND expire >= to_timestamp($3)`, [
        seconds(expiry),
        sid,
        seconds(Date.now()),
      ])
      .then(
        () => callback?.(),
        () => callback?.(),
      );
  };

  return {
    store,
    async logIns() {
      const { rows } = await pool.query<{ sid: string; expires: string; sess: StoredSession['data'] }>(
        `SELECT sid, EXTRACT(EPOCH FROM expire) AS expires, sess FROM ${TABLE}
          WHERE expire >= to_timestamp($1) AND sess->'loggedInAt' IS NOT NULL`,
        [seconds(Date.now())],
      );
      return rows.map(({ sid, expires, sess }) => ({ sid, expiresAt: Number(expires) * 1000, data: sess }));
    },
    prune(done) {
      const times = [seconds(Date.now()), seconds(options.latest())];
      pool
        .query(`DELETE FROM ${TABLE} WHERE expire < to_timestamp($1) OR expire > to_timestamp($2)`, times)
        .then(
          () => done(),
          () => done(),
        );
    },
    close: () => pool.end(),
  };
}
