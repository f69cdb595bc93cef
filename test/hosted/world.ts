import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { projectRoot } from '../../database/root.js';
import { createAuditLog } from '../../src/admin/audit/audit-log.js';
import { createCallers } from '../../src/callers/index.js';
import { AppError } from '../../src/errors.js';
import { createHostedPages } from '../../src/hosted/index.js';
import { renderPages } from '../../src/http/headers.js';
import { get } from '../../src/http/methods.js';
import { servePublicFiles } from '../../src/http/public-files.js';
import { serveVendorFile } from '../../src/http/vendor-files.js';
import { createLimits } from '../../src/limits/index.js';
import { rulesOf } from '../../src/limits/rules.js';
import { silentLog } from '../../src/log.js';
import { createPageTokens } from '../../src/otp/verifications/page-token.js';
import type { Again, Verification } from '../../src/otp/verifications/verification.js';
import { createKeyedHash } from '../../src/sealing.js';
import { noFloods } from '../support/auth.js';
import { createTestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/databases.js';
import { KEY } from '../support/secrets.js';

export const CODE = '048213';
export const PHONE = '+201001234567';
const LINK = 'https://wa.me/12025550100?text=I%20am%20signing%20in%20to%20Acme.%20K7PQX-M4RTW';

export type Pages = Awaited<ReturnType<typeof startPages>>;

/** The hosted page on a port, over a real store; the verifications behind it are steered by the test. */
export async function startPages(
  kind: 'sqlite' | 'postgres' = 'sqlite',
  {
    publicOrigin = null,
    trustProxy = 0,
    formerKey = null,
  }: { publicOrigin?: string | null; trustProxy?: number; formerKey?: string | null } = {},
) {
  const database = await openTestDatabase(kind);
  const clock = createTestClock();
  const tokens = createPageTokens(createKeyedHash(KEY, 'page'));
  const known = new Map<string, Verification>();
  const listeners = new Set<() => void>();
  const resends: Again[] = [];
  const closing = new AbortController();
  const faults: unknown[] = [];
  let refusal: AppError | null = null;

  const found = (id: string): Verification => {
    const verification = known.get(id);
    if (!verification) throw new AppError('verification_not_found', 'There is no such verification.');
    return verification;
  };

  function change(id: string, fields: Partial<Verification>): void {
    known.set(id, { ...found(id), ...fields, version: String(Number(found(id).version) + 1) });
    for (const listener of listeners) listener();
  }

  const app = express();
  app.set('query parser', false).set('trust proxy', trustProxy);
  app.set('views', join(projectRoot, 'views')).set('view engine', 'ejs');
  renderPages(app);
  get(app, '/assets/vendor/:name', serveVendorFile());
  app.use('/assets', servePublicFiles(join(projectRoot, 'public'), false));
  app.use(
    '/v',
    createHostedPages({
      verifications: {
        find: async ({ id }) => found(id),
        async check({ id }, code) {
          const { status, checksLeft } = found(id);
          if (status !== 'pending') throw new AppError('verification_not_found', 'It has ended.');
          if (code === CODE) {
            change(id, { status: 'approved' });
            return { id, status: 'approved', valid: true };
          }
          change(id, { checksLeft: checksLeft - 1, ...(checksLeft === 1 && { status: 'max_checks' }) });
          return { id, status: 'pending', valid: false, checksLeft: checksLeft - 1 };
        },
        async resend({ id }, again) {
          if (refusal) throw refusal;
          resends.push(again);
          change(id, { canResendAt: clock.now() + 30_000, ...(again.channel && { channel: again.channel }) });
          return found(id);
        },
        async changed({ id }, version, _waitMs, signal) {
          if (version !== null && found(id).version !== version) return found(id);
          await new Promise<void>((resolve) => {
            const end = () => {
              listeners.delete(end);
              resolve();
            };
            listeners.add(end);
            signal.addEventListener('abort', end, { once: true });
          });
          return found(id);
        },
      },
      pageTokens: tokens,
      callers: createCallers({
        ...{ store: database.store, clock, log: silentLog, floods: noFloods, environmentKeys: [] },
        audit: createAuditLog({ store: database.store, clock }),
      }),
      store: database.store,
      limits: createLimits({ store: database.store, clock, rules: rulesOf({ eased: false, overrides: {} }) }),
      pageFormHash: createKeyedHash(KEY, 'page-form', formerKey),
      publicOrigin,
      closing: closing.signal,
      log: { ...silentLog, error: (message, fields) => void faults.push([message, fields]) },
      clock,
      appName: 'Acme',
      defaultLanguage: 'en',
    }),
  );
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  let count = 0;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clock,
    store: database.store,
    resends,
    /** What the log would hold. */
    faults,
    change,
    found,
    refuse: (error: AppError | null) => {
      refusal = error;
    },
    streams: () => listeners.size,
    /** A verification and its page. */
    async begin(fields: Partial<Verification> = {}): Promise<{ id: string; path: string }> {
      const id = `ver_${String(++count).padStart(22, 'a')}`;
      const path = `/v/${tokens.pageTokenOf(id)}`;
      const now = clock.now();
      await database.store
        .insertInto('codes')
        .values({
          ...{ id, caller: 'env', purpose: 'verification', contact: PHONE, action: null, client: null },
          ...{ slot: null, code: null, code_hash: 'x', proof: 'code', user_first: 'auto', locale: null },
          ...{ route: '["whatsapp","sms"]', step: 0, step_began_at: now, next_step_at: null },
          ...{ status: 'pending', last_send_at: now, created_at: now, changed_at: now },
          ...{ expires_at: now + 600_000, ended_at: null, last_problem: null, metadata: null },
          ...{ return_url: null, page_browser: null, client_address: null, test_until: null },
        })
        .execute();
      known.set(id, { ...verificationOf(id, path, now), ...fields });
      return { id, path };
    },
    async close() {
      closing.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await database.close();
    },
  };
}

function verificationOf(id: string, path: string, now: number): Verification {
  return {
    id,
    caller: 'env',
    to: PHONE,
    kind: 'phone',
    status: 'pending',
    proof: 'code',
    channel: 'whatsapp',
    route: ['whatsapp', 'sms'],
    createdAt: now,
    expiresAt: now + 600_000,
    endedAt: null,
    checksLeft: 5,
    sends: 1,
    sendsLeft: 4,
    canResendAt: now + 27_000,
    nextStepAt: now + 25_000,
    pageUrl: `http://localhost${path}`,
    userFirst: null,
    attempts: [
      {
        ...{ jobId: 12, channel: 'whatsapp', cause: 'start', at: now, status: 'sent', sentAt: now },
        ...{ deliveredAt: null, readAt: null, error: null },
      },
    ],
    metadata: null,
    lastProblem: null,
    locale: null,
    action: 'sign in',
    client: null,
    returnUrl: null,
    returnProof: null,
    isTest: false,
    version: '1',
  };
}

/** Only the person can begin. */
export const writesFirst = (path: string): Partial<Verification> => ({
  channel: null,
  attempts: [],
  canResendAt: null,
  nextStepAt: null,
  userFirst: {
    link: LINK,
    qr: `${path}/qr.svg`,
    number: '+12025550100',
    text: 'I am signing in to Acme. K7PQX-M4RTW',
  },
});
