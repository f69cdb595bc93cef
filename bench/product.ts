import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { projectRoot } from '../database/root.js';
import type { SimulatedWhatsApp } from '../src/sandbox/whatsapp/index.js';
import { type AdminClient, logIn } from '../test/support/admin-client.js';
import { type Child, start } from '../test/support/child.js';
import { newSecrets } from '../test/support/secrets.js';
import { until } from '../test/support/until.js';
import { newScratchFolder } from './scratch.js';

export const GATEWAY = '+12025550100';
/** As `npm start` has it, like `MALLOC_ARENA_MAX` below. */
const NODE_OPTIONS = ['--max-semi-space-size=4'];
const LISTENING = /"message":"listening".*"port":(\d+)/;
const LOOP_DELAY = /event loop delay, p99: ([\d.]+) ms/g;
/** For `start`: makes `loopDelayMs` possible. */
export const WITH_LOOP_DELAY = ['--import', join(projectRoot, 'bench', 'loop-delay.js')];

/** The built product in a process of its own. */
export interface Product {
  /** From the start of the process to the open port. */
  listenedAfterMs: number;
  send(phoneNumber: string): Promise<{ otp: string; jobId: number }>;
  pair(whatsapp: SimulatedWhatsApp): Promise<void>;
  pid: number;
  logIn(): Promise<AdminClient>;
  url: string;
  /** How long its event loop was held up since the last call: the 99th percentile. */
  loopDelayMs(): Promise<number>;
  residentMiB(): number;
  stop(): Promise<void>;
}

export interface Installation {
  env: Record<string, string>;
  start(nodeOptions?: string[]): Promise<Product>;
  remove(): void;
}

/** A folder and secrets that several starts share. */
export function install(webSocketUrl: string, overrides: Record<string, string> = {}): Installation {
  const { folder, remove } = newScratchFolder();
  const env = {
    NODE_ENV: 'production',
    MALLOC_ARENA_MAX: '1',
    HOST: '127.0.0.1',
    PORT: '0',
    ...newSecrets(),
    DB_FILENAME: join(folder, 'app_data.db'),
    LOG_DIR: join(folder, 'logs'),
    WORKER_MIN_SEND_DELAY_MS: '0',
    WORKER_MAX_SEND_DELAY_MS: '0',
    WHATSAPP_WEB_SOCKET_URL: webSocketUrl,
    ...overrides,
  };
  return {
    env,
    async start(nodeOptions = []) {
      const startedAt = performance.now();
      const main = join(projectRoot, 'dist', 'src', 'main.js');
      const child = start(process.execPath, [...NODE_OPTIONS, ...nodeOptions, main], {
        cwd: projectRoot,
        env,
      });
      const port = await until('the port', () => LISTENING.exec(child.output())?.[1], 30_000);
      return productOf(child, `http://127.0.0.1:${port}`, env, performance.now() - startedAt);
    },
    remove,
  };
}

function productOf(child: Child, url: string, env: Record<string, string>, listenedAfterMs: number): Product {
  const logInHere = () => logIn(url, env.ADMIN_USERNAME ?? '', env.ADMIN_PASSWORD ?? '');
  const delays = () => [...child.output().matchAll(LOOP_DELAY)].map(([, ms]) => Number(ms));
  return {
    listenedAfterMs,
    pid: child.pid,
    url,
    logIn: logInHere,
    async loopDelayMs() {
      const told = delays().length;
      process.kill(child.pid, 'SIGUSR2');
      return await until('the delay of the event loop', () => delays()[told]);
    },
    async send(phoneNumber) {
      const answer = await fetch(`${url}/api/v1/otp/send`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': env.API_KEY ?? '' },
        body: JSON.stringify({ phoneNumber }),
      });
      if (answer.status !== 202) throw new Error(`A code was refused: ${await answer.text()}`);
      return (await answer.json()) as { otp: string; jobId: number };
    },
    async pair(whatsapp) {
      const admin = await logInHere();
      const qr = await until('a QR', async () => (await admin.status()).qr);
      await whatsapp.phone(GATEWAY).scan(qr);
      await until('READY', async () => (await admin.status()).state === 'READY');
    },
    residentMiB() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    },
    async stop() {
      await child.kill('SIGTERM');
    },
  };
}
