import type { Store } from '../../../database/schema.js';
import { type Clock, sleep } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Sealer } from '../../sealing.js';
import type { Receipt } from '../channel.js';
import type { InboundText } from '../inbound-text.js';
import type { Sender, Trouble } from '../sender.js';
import { createAcks } from './acks.js';
import { createBaileysLog } from './baileys/baileys-log.js';
import { createExpiringCache } from './expiring-cache.js';
import { isLid, phoneOfJid } from './jid.js';
import { createListeners } from './listeners.js';
import { createOperator } from './operator.js';
import { createPairingRequests } from './pairing-requests.js';
import { createAddressing } from './people/addressing.js';
import { createIdentify, type Identify } from './people/identify.js';
import { createLearn } from './people/learn.js';
import { createPeople } from './people/people.js';
import type { Who } from './people/reach.js';
import type { Named } from './people/recipients.js';
import { createPerformer } from './perform.js';
import { canReceive } from './receiving.js';
import { createSend } from './send.js';
import { createSessions } from './session/sessions.js';
import type { WhatsAppSettings } from './settings.js';
import { createLifecycle } from './socket/lifecycle.js';
import { createRejections } from './socket/rejections.js';
import type { FindText } from './socket/socket-config.js';
import { createControl } from './state/control.js';
import type { SenderEvent } from './state/events.js';
import { isRestricted } from './state/restriction.js';
import { createStatusRow } from './state/status-row.js';

export type { Who } from './people/reach.js';
export type { Named } from './people/recipients.js';
export type { WhatsAppSettings } from './settings.js';

/** A WhatsApp number, linked as a device with Baileys. */
export interface WhatsAppSender extends Sender {
  /** What an operator must be told about, each trouble once; null: all is well (again). */
  onTrouble(listener: (trouble: Trouble | null) => void): () => void;
  /**
   * WhatsApp has answered with an address that was not known for a number before: two numbers with one `jid` are two
   * spellings of one account. Called after the answer is stored, outside any transaction, and awaited before anything
   * is sent there; may be called repeatedly.
   */
  onNamed(listener: (named: Named) => unknown): () => void;
  /** What people write to the number, each text at least once. Listeners do not keep it. */
  onText(listener: (text: InboundText) => unknown): () => void;
  identify: Identify;
  /** Whether a text that somebody writes to the number reaches us within `lifeMs`. */
  canReceive(lifeMs: number): boolean;
  /** The number holds a live trusted-contact token of this person (E.164). */
  hasToken(phone: string): Promise<boolean>;
  /**
   * Somebody wrote to the number at this time (Unix ms, by WhatsApp). Every message that comes in on a connection is noted
   * anyway; this is for whoever needs to know that it is stored.
   */
  wrote(who: Who, at: number): Promise<void>;
  /**
   * For the process's `unhandledRejection`: true when the rejection is Baileys'. The connection that it came from has then
   * been ended, and the process may continue.
   */
  handleUnhandledRejection(reason: unknown): boolean;
}

const MEGABYTE = 2 ** 20;
const DEVICES = { ttlMs: 5 * 60_000, maxBytes: MEGABYTE };
const MAPPINGS = { ttlMs: 5 * 60_000, maxBytes: MEGABYTE };
const RETRY_COUNTS = { ttlMs: 60 * 60_000, maxBytes: MEGABYTE };
const QUERY_TIMEOUT_MS = 10_000;
const STOP_PATIENCE_MS = 2_000;

/** Sockets and the like report what happens, `state/` decides, and the performer carries it out. */
export function createWhatsAppSender(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  account: string;
  /** Of the stored session. */
  sealer: Sealer;
  settings: WhatsAppSettings;
  findText: FindText;
  onQr?(qr: string): void;
  /** Default 10 s. */
  queryTimeoutMs?: number;
}): WhatsAppSender {
  const { clock, log, settings, queryTimeoutMs = QUERY_TIMEOUT_MS } = deps;
  const events = createListeners<SenderEvent>(log);
  const receipts = createListeners<Receipt>(log);
  const texts = createListeners<InboundText>(log);
  const troubles = createListeners<Trouble | null>(log);
  const emit = events.tell;
  const baileysLog = createBaileysLog(log, settings.logLevel);
  const caches = {
    devices: createExpiringCache(clock, DEVICES),
    retries: createExpiringCache(clock, RETRY_COUNTS),
    mappings: createExpiringCache(clock, MAPPINGS),
  };
  const acks = createAcks();
  const people = createPeople(deps);
  const { reach } = people;
  const pairingRequests = createPairingRequests(clock);
  const rejections = createRejections();
  const sessions = createSessions({
    ...deps,
    baileysLog,
    importDir: settings.importDir,
    tokenLife: reach.life,
    onTokens: (held) => {
      for (const { address, at } of held) rejections.outside(() => people.gave(ownerOf(address), at));
    },
    onCorrupt: ({ message }) =>
      rejections.outside(() => emit({ type: 'session_unreadable', detail: message })),
  });
  const lifecycle = createLifecycle({
    ...deps,
    queryTimeoutMs,
    caches,
    baileysLog,
    rejections,
    sessions,
    emit,
  });
  const row = createStatusRow(deps);
  const addressing = createAddressing({
    now: clock.now,
    store(by_number_at) {
      log.info('how WhatsApp wants addresses was learnt', { byNumber: by_number_at !== null });
      row.note({ by_number_at }).catch((error: unknown) => {
        log.error('how WhatsApp wants addresses could not be stored', { error });
      });
    },
  });
  const control = createControl({
    ...deps,
    row,
    perform: createPerformer({
      clock,
      log,
      lifecycle,
      sessions,
      acks,
      people,
      pairingRequests,
      tellReceipt: receipts.tell,
      tellText: texts.tell,
      tellTrouble: troubles.tell,
      showQr: (qr) => deps.onQr?.(qr),
    }),
  });
  events.add(control.happened);

  async function load(): Promise<void> {
    const stored = await row.read(control.facts());
    const session = await sessions.find(stored.importedAt === null);
    addressing.load(stored.byNumberAt);
    if (stored.tokensReadAt === null && !('unreadable' in session)) await takeOverTokens();
    await control.happened({ type: 'loaded', stored, session });
  }

  /** Once: those that the session already held when reachability was not kept yet. */
  async function takeOverTokens(): Promise<void> {
    for (const { address, at } of await sessions.tokens()) await reach.gave(ownerOf(address), at);
    await row.note({ tokens_read_at: clock.now() });
  }

  async function stop(): Promise<void> {
    await Promise.race([control.happened({ type: 'stopping' }), sleep(clock, STOP_PATIENCE_MS)]);
    await sessions.saved().catch((error: unknown) => {
      log.error('the WhatsApp session could not be stored', { error });
    });
    await control.happened({ type: 'stopped' });
    await row.close();
  }

  return {
    status: control.status,
    onStatus: control.onStatus,
    onReceipt: receipts.add,
    onText: texts.add,
    onTrouble: troubles.add,
    onNamed: people.onNamed,
    identify: createIdentify({ ...people, log, connection: lifecycle.openConnection }),
    canReceive: (lifeMs) => canReceive(control.status(), clock.now(), lifeMs),
    onReachable: reach.onReachable,
    hasToken: reach.hasToken,
    wrote: reach.wrote,
    learn: createLearn({ recipients: people.recipients, clock, log, connection: lifecycle.openConnection }),
    load,
    start: () => void emit({ type: 'started' }),
    send: createSend({
      acks,
      people,
      clock,
      connection: lifecycle.openConnection,
      isClosed: () => control.status().isChecked || isRestricted(control.facts(), clock.now()),
      addressing,
      forgetDevices: caches.devices.flushAll,
      onColdRefused: (code, phone) => emit({ type: 'cold_refused', code, phone }),
    }),
    ...createOperator({ happened: control.happened, pairingRequests }),
    stop,
    handleUnhandledRejection: rejections.handle,
  };
}

function ownerOf(address: string): Who {
  return isLid(address) ? { phone: null, lid: address } : { phone: phoneOfJid(address), lid: null };
}
