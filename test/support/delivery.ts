import type { Database } from '../../database/connect.js';
import type { MailSender } from '../../src/channels/email/index.js';
import type { Sender } from '../../src/channels/sender.js';
import { newMessageId } from '../../src/channels/whatsapp/socket/message-id.js';
import type { Clock } from '../../src/clock.js';
import type { Channel } from '../../src/delivery/channels.js';
import { createDelivery, type Delivery } from '../../src/delivery/index.js';
import { createEmailChannel } from '../../src/delivery/outlets/email-channel.js';
import type { GroupCommitLimits } from '../../src/delivery/queue/group-commit.js';
import type { NewJob } from '../../src/delivery/queue/new-job.js';
import { createWhatsAppChannel } from '../../src/delivery/whatsapp-channel.js';
import type { AdmittedCode } from '../../src/delivery/worker/admission.js';
import type { Place } from '../../src/delivery/worker/place.js';
import { type Log, silentLog } from '../../src/log.js';
import { bodySealer, codeHash } from './secrets.js';

const ACCOUNT = 'default';

export interface TestDelivery extends Delivery {
  /** A place for a code, over WhatsApp when nothing else is said. */
  reserve(recipient: string, code?: Partial<AdmittedCode> & Over): Promise<Place>;
  /** Keeps a place, and resolves with its wait. */
  admit(recipient: string, code?: Partial<AdmittedCode> & Over): Promise<number | null>;
  /** A job of a code that was admitted; resolves with its number. */
  request(recipient: string, change?: Partial<NewJob> & { ttlMs?: number } & Over): Promise<number>;
}

/** What the gateway hands over for a code of four digits. */
export function newJob(recipient: string, expiresAt: number, change: Partial<NewJob> = {}): NewJob {
  return {
    purpose: 'gateway',
    recipient,
    code: '4711',
    text: 'Your code is 4711.',
    shape: 'Your code is ••••.',
    expiresAt,
    idempotency: null,
    caller: 'env',
    silent: false,
    ...change,
  };
}

interface Over {
  channel?: 'whatsapp' | 'sms' | 'email';
}

export interface TestDeliverySettings {
  ttlMs: number;
  maxWaitMs: number;
  pollingIntervalMs: number;
  minSendDelayMs: number;
  maxSendDelayMs: number;
}

/** The whole delivery: both channels, unless `channels` makes others of them, and all of it real but what a test hands over. */
export function openDelivery(deps: {
  database: Database;
  sender: Sender;
  clock: Clock;
  mail?: MailSender | null;
  log?: Log;
  settings?: Partial<TestDeliverySettings>;
  random?: (min: number, max: number) => number;
  commitLimits?: GroupCommitLimits;
  channels?: (whatsapp: Channel, email: Channel) => Channel[];
}): TestDelivery {
  const { database, sender, clock, mail = null, log = silentLog, random, commitLimits } = deps;
  const { channels = (...both) => both } = deps;
  const settings = {
    account: ACCOUNT,
    ttlMs: 300_000,
    maxWaitMs: 240_000,
    pollingIntervalMs: 7_000,
    minSendDelayMs: 5_000,
    maxSendDelayMs: 20_000,
    ...deps.settings,
  };
  const { store } = database;
  const delivery = createDelivery({
    database,
    channels: channels(
      createWhatsAppChannel({ store, sender, clock, account: ACCOUNT, settings, newMessageId }),
      createEmailChannel({ mail, clock, log }),
    ),
    clock,
    log,
    bodySealer,
    codeHash,
    settings,
    ...(random && { random }),
    ...(commitLimits && { commitLimits }),
  });

  async function reserve(
    recipient: string,
    { channel = 'whatsapp', silent = false, ...code }: Partial<AdmittedCode> & Over = {},
  ) {
    const lane = delivery.lanes.get(channel);
    if (!lane) throw new Error(`no lane: ${channel}`);
    return await lane.reserve(recipient, { ...code, silent });
  }

  return {
    ...delivery,
    reserve,
    admit: async (recipient, code) => (await reserve(recipient, code)).waitMs,

    async request(recipient, { channel = 'whatsapp', ttlMs = settings.ttlMs, ...change } = {}) {
      const place = await reserve(recipient, { channel, ttlMs });
      const sixDigits = { code: '123456', text: 'Your code is 123456.', shape: 'Your code is ••••••.' };
      const stored = await place.enqueue(newJob(recipient, clock.now() + ttlMs, { ...sixDigits, ...change }));
      if (stored.kind !== 'created') throw new Error(stored.kind);
      return stored.jobId;
    },
  };
}
