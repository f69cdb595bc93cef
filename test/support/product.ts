import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { type AdminClient, logIn } from './admin-client.js';
import { type Child, run } from './child.js';
import { newFolder } from './databases.js';
import { newSecrets } from './secrets.js';
import { until } from './until.js';

export const GATEWAY = '+201000000001';
const MAIN = join(import.meta.dirname, '../../dist/src/main.js');
/** On a machine that is busy with other things. */
const START_BOUND_MS = 60_000;
const LISTENING = /"message":"listening".*"port":(\d+)/;

export type Environment = Record<string, string>;

/** The real process, as the outside sees it. */
export interface Product extends Child {
  url: string;
  /** For another start on the same data. */
  env: Environment;
  send(phoneNumber: string, headers?: Record<string, string>): Promise<Answer>;
  job(jobId: number): Promise<JobAnswer>;
  get(path: string): Promise<Answer>;
  logIn(): Promise<AdminClient>;
  /** Scans the QR that the dashboard shows with the phone of the gateway's number; resolves when it is READY. */
  pair(whatsapp: SimulatedWhatsApp): Promise<AdminClient>;
  ready(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface JobAnswer {
  status: string;
  sentAt: string | null;
  deliveredAt: string | null;
  readAt: string | null;
  error: { code: string } | null;
}

/** A complete environment with new secrets and an empty folder: nothing has to be written to config/.env. */
export function newEnvironment(whatsapp: SimulatedWhatsApp, overrides: Environment = {}): Environment {
  const folder = newFolder();
  return {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    ...newSecrets(),
    DB_FILENAME: join(folder, 'data', 'app_data.db'),
    LOG_DIR: join(folder, 'logs'),
    WORKER_MIN_SEND_DELAY_MS: '0',
    WORKER_MAX_SEND_DELAY_MS: '0',
    BAILEYS_INITIAL_RETRY_DELAY_MS: '100',
    WHATSAPP_WEB_SOCKET_URL: whatsapp.url,
    ...overrides,
  };
}

/** A simulated WhatsApp that ends with the test. */
export async function startWhatsApp(): Promise<SimulatedWhatsApp> {
  const whatsapp = await createSimulatedWhatsApp();
  onTestFinished(() => whatsapp.close());
  return whatsapp;
}

/** `node dist/src/main.js`, not waited for. */
export function launch(env: Environment, main = MAIN): Child {
  return run(process.execPath, [main], { cwd: newFolder(), env });
}

/** Starts the product and resolves once it listens. */
export async function startProduct(env: Environment, main = MAIN): Promise<Product> {
  const child = launch(env, main);
  const port = await until(
    'the process listens',
    () => {
      if (!child.isRunning()) throw new Error(`The process ended:\n${child.output()}`);
      return LISTENING.exec(child.output())?.[1];
    },
    START_BOUND_MS,
  );
  return productAt(`http://127.0.0.1:${port}`, env, child);
}

function productAt(url: string, env: Environment, child: Child): Product {
  const headers = { 'x-api-key': env.API_KEY ?? '' };
  const product: Product = {
    ...child,
    url,
    env,
    send: async (phoneNumber, more) =>
      answerOf(
        await fetch(`${url}/api/v1/otp/send`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json', ...more },
          body: JSON.stringify({ phoneNumber }),
        }),
      ),
    get: async (path) => answerOf(await fetch(`${url}${path}`, { headers })),
    job: async (jobId) => (await product.get(`/api/v1/otp/${jobId}`)).body as unknown as JobAnswer,
    logIn: () => logIn(url, env.ADMIN_USERNAME ?? '', env.ADMIN_PASSWORD ?? ''),
    async pair(whatsapp) {
      const admin = await product.logIn();
      await whatsapp.phone(GATEWAY).scan(await until('a QR', async () => (await admin.status()).qr));
      await until('READY', async () => (await admin.status()).state === 'READY');
      return admin;
    },
    async ready() {
      await until('ready', async () => {
        if ((await product.get('/readyz')).status === 200) return true;
        // So that the 600 a minute last until then.
        await setTimeout(100);
        return false;
      });
    },
  };
  return product;
}

async function answerOf(response: Response): Promise<Answer> {
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}
