import { sql } from 'kysely';
import { limitsOf } from '../../config/limits.js';
import type { Database } from '../../database/connect.js';
import type { CodeSettings } from '../../src/app/codes.js';
import type { MailSender } from '../../src/channels/email/index.js';
import type { Channel } from '../../src/delivery/channels.js';
import { createLimits } from '../../src/limits/index.js';
import { createColdBudget } from '../../src/otp/cold-budget.js';
import { createBlockedPrefixes } from '../../src/otp/conversion/blocked-prefixes.js';
import { createConversion } from '../../src/otp/conversion/conversion.js';
import { guardLanes } from '../../src/otp/conversion/guard-lanes.js';
import { createIdempotency } from '../../src/otp/idempotency.js';
import { createKeyedCalls } from '../../src/otp/keyed-calls.js';
import { createReadiness } from '../../src/otp/readiness.js';
import { type CodeRequest, createCodeRequests } from '../../src/otp/request.js';
import { createServedNumbers } from '../../src/otp/served-numbers.js';
import { createKeyedHash, createSealer } from '../../src/sealing.js';
import { createTestClock } from '../support/clock.js';
import { openDelivery, type TestDeliverySettings } from '../support/delivery.js';
import { openCodes } from '../support/issuing.js';
import { createScriptedSender } from '../support/scripted-sender.js';
import { KEY } from '../support/secrets.js';

export const PHONE = '+201001234567';
export const TTL_MS = 300_000;

export type Codes = ReturnType<typeof createCodes>;

/** What turns a request into a queued code: everything real but the sender and the time. */
export function createCodes(
  database: Database,
  {
    clock = createTestClock(),
    otp = {},
    delivery: settings = {},
    mail = null,
    countries = null,
    coldPerDay = null,
    route = {},
    channels = (...both) => both,
  }: Options = {},
) {
  const { store } = database;
  const rules = limitsOf({ COLD_MESSAGES_PER_DAY: coldPerDay ?? undefined }, { eased: false });
  const sender = createScriptedSender(clock);
  const delivery = openDelivery({ database, sender, mail, clock, settings, channels });
  const idempotency = createIdempotency({
    store,
    clock,
    sealer: createSealer(KEY, 'idempotency'),
    hash: createKeyedHash(KEY, 'idempotency'),
  });
  const coded = { length: 4, ttlMs: TTL_MS, messageTemplate: 'Your code is {{code}}.', ...otp };
  const lane = delivery.lanes.get('whatsapp');
  if (!lane) throw new Error('there is no lane for WhatsApp');
  const coldBudget = createColdBudget({
    store,
    clock,
    limits: createLimits({ store, clock, rules }),
    perDay: coldPerDay,
    coldOfDay: delivery.stats.coldOfDay,
  });
  const blocked = createBlockedPrefixes({ store, clock });
  const conversion = createConversion({ store, clock, blocked });
  const { issuer, routing } = openCodes({
    database,
    delivery: { ...delivery, lanes: guardLanes(delivery.lanes, { blocked, clock }) },
    conversion,
    clock,
    settings: { messageTemplate: coded.messageTemplate, ...route },
    keyedCalls: createKeyedCalls({ ...database, clock }),
    served: createServedNumbers(countries),
    coldBudget,
  });
  const requests = createCodeRequests({ issuer, idempotency, settings: coded });
  return {
    clock,
    sender,
    delivery,
    lane,
    coldBudget,
    issuer,
    routing,
    conversion,
    blocked,
    readiness: createReadiness({ sender, delivery }),
    request: (idempotencyKey: string | null = null, change: Partial<CodeRequest> = {}) =>
      requests.request({
        caller: 'key:1',
        recipient: PHONE,
        idempotencyKey,
        admit: async () => async () => {},
        ...change,
      }),
    /** Lets the delivery finish what it has in hand. */
    async stop() {
      const stopped = delivery.stop();
      await clock.advance(10_000);
      await stopped;
    },
    /** Rows of the two tables that a request writes. */
    async rows() {
      const jobs = await store.selectFrom('jobs').selectAll().orderBy('id').execute();
      const keys = await store.selectFrom('idempotency_keys').selectAll().execute();
      return { jobs, keys };
    },
    /** Makes every insert of a job fail until the returned function has run. */
    async breakStore() {
      await sql`ALTER TABLE jobs RENAME TO jobs_away`.execute(store);
      return async () => void (await sql`ALTER TABLE jobs_away RENAME TO jobs`.execute(store));
    },
  };
}

interface Options {
  clock?: ReturnType<typeof createTestClock>;
  otp?: { length?: number; ttlMs?: number; messageTemplate?: string };
  delivery?: Partial<TestDeliverySettings>;
  mail?: MailSender | null;
  /** Whose numbers are served at the doors; null: all. */
  countries?: string[] | null;
  /** First messages to new people. */
  coldPerDay?: number | null;
  /** Of codes that name none. */
  route?: Partial<Pick<CodeSettings, 'route' | 'waitsMs'>>;
  channels?: (whatsapp: Channel, email: Channel) => Channel[];
}
