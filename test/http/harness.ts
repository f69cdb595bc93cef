import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sender, SenderStatus } from '../../src/channels/sender.js';
import type { JobView } from '../../src/delivery/job.js';
import type { Jobs } from '../../src/delivery/jobs.js';
import { AppError } from '../../src/errors.js';
import { createHttpServer } from '../../src/http/server.js';
import { createSessions } from '../../src/http/sessions.js';
import { type Log, silentLog } from '../../src/log.js';
import type { CodeRequest } from '../../src/otp/request.js';
import { createRoutes, type RoutesDeps } from '../../src/routes.js';
import { createTestClock, type TestClock } from '../support/clock.js';

export const API_KEY = 'test-api-key-0123456789';
export const ADMIN = { username: 'operator', password: 'correct horse battery' };

/** The HTTP layer on a real port. What lies below it (codes, jobs, sender) is held in memory and can be steered. */
export interface Gateway {
  url: string;
  clock: TestClock;
  dataDir: string;
  requests: CodeRequest[];
  jobs: JobView[];
  calls: string[];
  status: SenderStatus;
  pairingFails: Error | null;
  setIssue(issue: RoutesDeps['codes']['request']): void;
  close(): Promise<void>;
}

const READY: SenderStatus = {
  state: 'READY',
  since: Date.parse('2026-01-01T00:00:00Z'),
  detail: null,
  qr: null,
  qrExpiresAt: null,
  pairingCode: null,
  me: '+491701234567',
  paired: true,
  needsPerson: false,
  restrictedUntil: null,
  nextAttemptAt: null,
  openSince: Date.parse('2026-01-01T00:00:00Z'),
};

export async function startGateway(
  options: Partial<RoutesDeps> & { log?: Log; idleMs?: number; dataDir?: string } = {},
): Promise<Gateway> {
  const clock = createTestClock();
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'http-test-')));
  const sessions = createSessions({
    file: join(dataDir, 'sessions.db'),
    secret: 'a session secret for the tests, long enough',
    clock,
    ...(options.idleMs && { idleMs: options.idleMs }),
  });
  const gateway: Omit<Gateway, 'url'> = {
    clock,
    dataDir,
    requests: [],
    jobs: [],
    calls: [],
    status: { ...READY },
    pairingFails: null,
    setIssue: (next) => {
      issue = next;
    },
    async close() {
      await server.close(1_000);
      await sessions.close();
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
  let issue: RoutesDeps['codes']['request'] = async () => ({
    otp: '0042',
    jobId: gateway.requests.length,
    expiresAt: clock.now() + 300_000,
    estimatedDeliverySeconds: 1,
  });
  const server = createHttpServer(
    createRoutes({
      env: 'production',
      rootDir: process.cwd(),
      apiKey: API_KEY,
      trustProxy: 0,
      rateLimitPerMinute: 6_000,
      credentials: ADMIN,
      sessions,
      codes: {
        request(request) {
          gateway.requests.push(request);
          return issue(request);
        },
      },
      jobs: jobsIn(gateway),
      queue: queueIn(gateway, clock),
      sender: senderIn(gateway),
      readiness: { check: () => ({ ready: true, state: 'READY', note: null }) },
      log: silentLog,
      ...options,
    }),
  );
  const port = await server.listen(0, '127.0.0.1');
  return Object.assign(gateway, { url: `http://127.0.0.1:${port}` });
}

function jobsIn(gateway: Pick<Gateway, 'jobs' | 'calls'>): Jobs {
  return {
    find: async (jobId) => gateway.jobs.find((job) => job.jobId === jobId) ?? null,
    recent: async (limit) => gateway.jobs.slice(0, limit),
    async counts() {
      const counts = { pending: 0, processing: 0, sent: 0, failed: 0, expired: 0 };
      for (const job of gateway.jobs) counts[job.status] += 1;
      return counts;
    },
    async retry(jobId) {
      const job = gateway.jobs.find((each) => each.jobId === jobId);
      if (!job) throw new AppError('job_not_found', 'There is no job with this number.');
      if (job.status !== 'failed')
        throw new AppError('job_not_retryable', 'Only a failed job can be retried.');
      job.status = 'pending';
      gateway.calls.push(`retry ${jobId}`);
    },
  };
}

function queueIn(gateway: Pick<Gateway, 'calls'>, clock: TestClock): RoutesDeps['queue'] {
  let pausedAt: number | null = null;
  return {
    load: async () => {},
    pausedAt: () => pausedAt,
    async pause() {
      pausedAt = clock.now();
      gateway.calls.push('pause');
    },
    async resume() {
      pausedAt = null;
      gateway.calls.push('resume');
    },
  };
}

function senderIn(gateway: Pick<Gateway, 'status' | 'calls' | 'pairingFails'>): Sender {
  const note = (what: string) => void gateway.calls.push(what);
  return {
    status: () => gateway.status,
    attend: () => note('attend'),
    reload: async () => note('reload'),
    logout: async () => note('logout'),
    async requestPairingCode(phone) {
      if (gateway.pairingFails) throw gateway.pairingFails;
      note(`pairing-code ${phone}`);
      return 'ABCD1234';
    },
    send: () => Promise.reject(new Error('no test of the HTTP layer sends')),
    onStatus: () => () => {},
    onReceipt: () => () => {},
    load: async () => {},
    start: () => {},
    stop: async () => {},
  };
}

export function job(fields: Partial<JobView> = {}): JobView {
  const at = Date.parse('2026-01-01T00:00:00Z');
  return {
    jobId: 1,
    phoneNumber: '+201001234567',
    status: 'pending',
    createdAt: at,
    claimedAt: null,
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    expiresAt: at + 300_000,
    attempts: 0,
    error: null,
    ...fields,
  };
}

/** POST /api/v1/otp/send with what a well-behaved caller sends, unless told otherwise. */
export function send(gateway: Gateway, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.url}/api/v1/otp/send`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { 'Content-Type': 'application/json', 'X-API-KEY': API_KEY, ...init.headers },
  });
}
