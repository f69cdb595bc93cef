import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from '../database/root.js';
import { createAuditLog } from '../src/admin/audit/audit-log.js';
import { toldRequests } from '../src/app/webhooks.js';
import { createCallers } from '../src/callers/index.js';
import { systemClock } from '../src/clock.js';
import { plainHeaders } from '../src/http/headers.js';
import { createLogins } from '../src/http/operator-sessions/sessions.js';
import { createHttpServer } from '../src/http/server.js';
import { silentLog } from '../src/log.js';
import { createBlockedPrefixes } from '../src/otp/conversion/blocked-prefixes.js';
import { createConversion } from '../src/otp/conversion/conversion.js';
import { guardLanes } from '../src/otp/conversion/guard-lanes.js';
import { createIdempotency } from '../src/otp/idempotency.js';
import { createKeyedCalls } from '../src/otp/keyed-calls.js';
import { createCodes } from '../src/otp/operators/codes.js';
import { createReadiness } from '../src/otp/readiness.js';
import { createCodeRequests } from '../src/otp/request.js';
import { createRoutes } from '../src/routes.js';
import { createKeyedHash, createSealer } from '../src/sealing.js';
import { noFloods, signInParts } from '../test/support/auth.js';
import { openDelivery } from '../test/support/delivery.js';
import { hookParts } from '../test/support/hooks.js';
import { openCodes } from '../test/support/issuing.js';
import { createScriptedSender } from '../test/support/scripted-sender.js';
import { KEY } from '../test/support/secrets.js';
import { verificationParts } from '../test/support/verifications.js';
import { openWebhooks } from '../test/support/webhooks.js';
import { openScratch } from './scratch.js';

/** One of the servers that the enqueue benchmark compares, in a process of its own; says its port on stdout. */
export const API_KEY = 'bench-key-of-sixteen';
const TTL_MS = 300_000;
/** Nothing is sent in this benchmark, and nothing may be refused for it. */
const NO_END_MS = Number.MAX_SAFE_INTEGER / 2;

if (process.argv[2] === 'bare') bare();
else if (process.argv[2] === 'grouped') await gateway({ maxItems: 256, maxWaitMs: 2 });
else if (process.argv[2] === 'single') await gateway({ maxItems: 1, maxWaitMs: 0 });

/** The same checks and the same answer on bare `node:http`, with nothing stored. */
function bare(): void {
  const expected = createHash('sha256').update(API_KEY).digest();
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const given = createHash('sha256').update(String(req.headers['x-api-key'])).digest();
      const { phoneNumber } = JSON.parse(Buffer.concat(chunks).toString()) as { phoneNumber: string };
      const good = timingSafeEqual(given, expected) && /^\+[1-9]\d{6,14}$/.test(phoneNumber);
      const body = JSON.stringify({
        message: 'OTP request accepted and has been queued for sending.',
        otp: String(randomInt(0, 10_000)).padStart(4, '0'),
        jobId: 1,
        otp_expires_at: new Date(Date.now() + TTL_MS).toISOString(),
      });
      res.writeHead(good ? 202 : 400, {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
      });
      res.end(body);
    });
  });
  server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
}

/** The product's whole path to the 202, durable; its sender is offline, so that nothing else runs. */
async function gateway(commitLimits: { maxItems: number; maxWaitMs: number }): Promise<void> {
  const { database, folder } = await openScratch();
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.on('SIGTERM', () => process.exit(0));
  const clock = systemClock;
  const log = silentLog;
  const sender = createScriptedSender(clock);
  sender.set({ state: 'DISCONNECTED', openSince: null });
  const delivery = openDelivery({
    database,
    sender,
    clock,
    commitLimits,
    settings: {
      ttlMs: NO_END_MS,
      maxWaitMs: Number.POSITIVE_INFINITY,
      minSendDelayMs: 0,
      maxSendDelayMs: 0,
    },
  });
  const idempotency = createIdempotency({
    store: database.store,
    clock,
    sealer: createSealer(KEY, 'idempotency'),
    hash: createKeyedHash(KEY, 'idempotency'),
  });
  const blocked = createBlockedPrefixes({ store: database.store, clock });
  const { issuer, routing, ownTexts } = openCodes({
    database,
    delivery: { ...delivery, lanes: guardLanes(delivery.lanes, { blocked, clock }) },
    clock,
    keyedCalls: createKeyedCalls({ store: database.store, clock }),
  });
  const checked = verificationParts({ database, clock, delivery, routing });
  const webhooks = openWebhooks({ database, clock, delivery, routing });
  await webhooks.start();
  const auditLog = createAuditLog({ store: database.store, clock });
  const routes = createRoutes({
    ...signInParts({ store: database.store, clock, issuer }),
    env: 'production',
    rootDir: projectRoot,
    callers: createCallers({
      store: database.store,
      clock,
      log,
      audit: auditLog,
      floods: noFloods,
      environmentKeys: [API_KEY],
    }),
    trustProxy: 0,
    headers: plainHeaders({ https: false }),
    publicOrigin: null,
    securityContact: null,
    tokenCookie: 'token',
    rateLimitPerMinute: 100_000_000,
    credentials: { username: 'admin', password: 'of the benchmark' },
    log,
    sessions: createLogins({
      store: { kind: 'sqlite', file: join(folder, 'sessions.db') },
      secret: KEY,
      credentials: { username: 'admin', password: 'of the benchmark' },
      clock,
      log,
    }),
    sender,
    codes: toldRequests(
      webhooks,
      createCodeRequests({ issuer, idempotency, settings: { length: 4, ttlMs: NO_END_MS } }),
    ),
    webhooks,
    ...checked,
    ...hookParts({ database, clock, delivery, issuer, ownTexts, routing, ...checked }),
    jobs: delivery.jobs,
    storedCodes: createCodes({ store: database.store, clock }),
    lookAtReach: () => Promise.reject(new Error('nobody looks')),
    routing,
    stats: delivery.stats,
    changes: delivery.changes,
    auditLog,
    store: database.store,
    floods: noFloods,
    blocked,
    conversion: createConversion({ store: database.store, clock, blocked }),
    nameHash: createKeyedHash(KEY, 'operator-name'),
    formHash: createKeyedHash(KEY, 'log-in-form'),
    clock,
    coldAllowed: () => null,
    captcha: null,
    startedAt: clock.now(),
    closing: new AbortController().signal,
    queue: delivery.control,
    switches: delivery.switches,
    usedOfDay: async () => null,
    keyProgress: async () => [],
    alertsFailing: () => null,
    readiness: createReadiness({ sender, delivery }),
  });
  const server = createHttpServer(routes);
  await delivery.start();
  console.log(await server.listen(0, '127.0.0.1'));
}
