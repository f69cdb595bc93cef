import type { CodeRequest } from '../../src/otp/request.js';
import type { Endpoint } from '../../src/webhooks/index.js';
import { createCodes } from '../otp/codes.js';
import { createTestClock } from '../support/clock.js';
import { type DATABASES, openTestDatabase } from '../support/databases.js';
import { createScriptedChannel } from '../support/scripted-channel.js';
import { until } from '../support/until.js';
import { verificationParts } from '../support/verifications.js';
import { openWebhooks } from '../support/webhooks.js';
import { openReceiver } from './receiver.js';

export type Told = Awaited<ReturnType<typeof openTold>>;

/** Codes that go out over scripted channels, and webhooks to a real server, on a clock that begins with today's time. */
export async function openTold(kind: (typeof DATABASES)[number]) {
  const database = await openTestDatabase(kind);
  const { store } = database;
  const receiver = await openReceiver();
  const clock = createTestClock(Date.now());
  const sms = createScriptedChannel(clock, 'sms');
  const codes = createCodes(database, {
    clock,
    coldPerDay: 1_000,
    delivery: { minSendDelayMs: 0, maxSendDelayMs: 0 },
    channels: (whatsapp, email) => [whatsapp, sms.channel, email],
  });
  const { sender, delivery, routing } = codes;
  sender.answer = async () => clock.now();
  const { verifications } = verificationParts({ database, clock, delivery, routing });
  const alarms: string[] = [];
  const telegram = { send: (text: string) => void alarms.push(text) };
  const open = () => openWebhooks({ database, clock, delivery, routing, telegram });
  let webhooks = open();
  await delivery.start();
  routing.start();
  await webhooks.start();

  /** Lets time go on until it is so. */
  async function moving<T>(
    what: string,
    look: () => T | null | undefined | false | Promise<T | null>,
    stepMs = 50,
  ) {
    return await until(what, async () => {
      const found = await look();
      if (found) return found;
      await clock.advance(stepMs);
      return null;
    });
  }

  /** There is a key for this caller, unless it needs none. */
  async function needKey(caller: string) {
    const id = /^key:(.+)/.exec(caller)?.[1];
    if (id === undefined) return;
    const row = {
      id,
      name: id,
      scopes: 'webhooks:manage',
      secret_hash: id,
      created_at: 1,
      created_by: 'test',
    };
    await store
      .insertInto('api_keys')
      .values(row)
      .onConflict((same) => same.doNothing())
      .execute();
  }

  return {
    store,
    clock,
    receiver,
    codes,
    sender,
    sms,
    verifications,
    alarms,
    moving,
    webhooks: () => webhooks,
    /** An endpoint at this path of the receiver. */
    async hears(path: string, order: Partial<Pick<Endpoint, 'caller' | 'events' | 'fullNumbers'>> = {}) {
      const all = { caller: 'env', events: null, fullNumbers: false, ...order };
      await needKey(all.caller);
      return await webhooks.endpoints.create({ url: `${receiver.url}${path}`, ...all });
    },
    request: (recipient: string, change: Partial<CodeRequest> = {}) =>
      codes.request(null, { caller: 'env', recipient, ...change }),
    got: (count: number, path: string) =>
      moving(`${count} webhooks at ${path}`, () => {
        const found = receiver.received.filter((each) => each.path === path);
        return found.length >= count ? found : null;
      }),
    /** What the handset of the last message reports. */
    report(kind: 'delivered' | 'read', recipient: string) {
      const message = sender.written.findLast((each) => each.recipient === recipient);
      sender.report({ messageId: message?.messageId ?? '', kind, at: clock.now() });
    },
    /** Ends the lane as a kill does, and begins another on the same database. */
    async another() {
      webhooks = open();
      await webhooks.start();
    },
    async close() {
      const stopped = webhooks.stop().then(() => routing.stop());
      await clock.advance(5_000);
      await stopped;
      await codes.stop();
      await receiver.close();
      await database.close();
    },
  };
}
