import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/connect.js';
import type { ChannelName } from '../channels/channel.js';
import type { EmailChannel } from '../channels/email/index.js';
import type { Sender } from '../channels/sender.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { randomBytesPooled } from '../random.js';
import type { Sealer } from '../sealing.js';
import { createEmailOutlet } from './email-outlet.js';
import { createLane, type Lane, type LaneRules } from './lane.js';
import type { MessageShapes } from './message-shapes.js';
import type { GroupCommitLimits } from './queue/group-commit.js';
import type { Persons } from './queue/persons.js';
import { MAX_WRITES } from './queue/queue.js';
import { createWhatsAppOutlet } from './whatsapp-outlet.js';

/** A lane for each channel, and what concerns them all. */
export interface Lanes extends Record<ChannelName, Lane>, Pick<Lane, 'start' | 'wake' | 'recover' | 'stop'> {
  heartbeat(): Promise<void>;
  recount(): Promise<void>;
  /** As `Sweep.release`; wakes the workers. */
  release(): Promise<void>;
}

const MAX_ATTEMPTS = 5;
/**
 * Mail servers turn strangers' mail away for some minutes (greylisting): only the code's life ends the attempts. A mail
 * that comes twice is one mail, by its Message-ID.
 */
const EMAIL_RULES = { ttlMs: 300_000, minSendDelayMs: 0, maxSendDelayMs: 0, maxAttempts: 30, mostWrites: 30 };

/** @param deps.email null: no mail server is configured, and nothing is to be done in its lane. */
export function createLanes(deps: {
  database: Database;
  sender: Sender;
  email: EmailChannel | null;
  clock: Clock;
  log: Log;
  bodySealer: Sealer;
  codeHash: (code: string) => string;
  shapes: Pick<MessageShapes, 'idOf' | 'idIn' | 'keep'>;
  persons: Pick<Persons, 'personOf' | 'spellingsOf'>;
  pausedAt(): number | null;
  onChanged(): void;
  settings: Omit<LaneRules, 'maxAttempts' | 'mostWrites'> & { account: string };
  random?: (min: number, max: number) => number;
  commitLimits?: GroupCommitLimits;
}): Lanes {
  const { sender, email, settings, ...others } = deps;
  const common = { ...others, account: settings.account, owner: randomUUID(), newMessageId };
  const lanes: Record<ChannelName, Lane> = {
    whatsapp: createLane({
      ...common,
      channel: 'whatsapp',
      outlet: createWhatsAppOutlet({ ...common, store: deps.database.store, sender }),
      rules: { ...settings, maxAttempts: MAX_ATTEMPTS, mostWrites: MAX_WRITES },
    }),
    email: createLane({
      ...common,
      channel: 'email',
      outlet: createEmailOutlet({ ...common, email }),
      rules: { ...settings, ...EMAIL_RULES },
    }),
  };
  const working = email ? [lanes.whatsapp, lanes.email] : [lanes.whatsapp];

  return {
    ...lanes,
    start() {
      for (const lane of working) lane.start();
    },
    wake() {
      for (const lane of working) lane.wake();
    },
    async recover(which) {
      let count = 0;
      for (const lane of working) count += await lane.recover(which);
      return count;
    },
    async heartbeat() {
      for (const lane of working) await lane.heartbeat();
    },
    async recount() {
      for (const lane of working) await lane.recount();
    },
    async release() {
      for (const lane of working) if ((await lane.release()) > 0) lane.wake();
    },
    async stop(boundMs) {
      await Promise.all([lanes.whatsapp, lanes.email].map((lane) => lane.stop(boundMs)));
    },
  };
}

/** The shape WhatsApp's own clients use: '3EB0' and 18 hex digits. */
function newMessageId(): string {
  return `3EB0${randomBytesPooled(9).toString('hex').toUpperCase()}`;
}
