import type { Store } from '../../../database/schema.js';
import { type Clock, sleep } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Receipt } from '../channel.js';
import type { Sender, Trouble } from '../sender.js';
import { createAcks } from './acks.js';
import { createBaileysLog } from './baileys-log.js';
import { createExpiringCache } from './expiring-cache.js';
import { createListeners } from './listeners.js';
import { createLearn } from './people/learn.js';
import { createPeople } from './people/people.js';
import type { Named } from './recipients.js';
import { describe } from './scrub.js';
import { createSend } from './send.js';
import { SessionCorrupt } from './session/session-rows.js';
import { createSessions } from './session/sessions.js';
import type { WhatsAppSettings } from './settings.js';
import { createRejections } from './socket/rejections.js';
import { createLifecycle } from './state/lifecycle.js';
import { createOperator } from './state/operator.js';
import { createQrRounds } from './state/qr-rounds.js';
import { createReactions, type Reactions } from './state/reactions.js';
import { createReconnects } from './state/reconnects.js';
import { createRestriction } from './state/restriction.js';
import { CLOSED, createStatusBoard } from './state/status-board.js';
import { createTroubles } from './state/troubles.js';

export type { Named } from './recipients.js';
export type { WhatsAppSettings } from './settings.js';

/** A WhatsApp number, linked as a device with Baileys. */
export interface WhatsAppSender extends Sender {
  /** What an operator must hear about, each trouble once; null: all is well (again). */
  onTrouble(listener: (trouble: Trouble | null) => void): () => void;
  /**
   * WhatsApp has answered with an address that was not known for a number before: two numbers with one `jid` are two
   * spellings of one account. Called after the answer is stored, outside any transaction, and waited for before anything
   * is sent there; may repeat itself.
   */
  onNamed(listener: (named: Named) => unknown): () => void;
  /**
   * For the process' `unhandledRejection`: true when the rejection is Baileys'. It has then ended the connection it
   * came from, and the process may go on.
   */
  handleUnhandledRejection(reason: unknown): boolean;
}

const MEGABYTE = 2 ** 20;
const DEVICES = { ttlMs: 5 * 60_000, maxBytes: MEGABYTE };
const MAPPINGS = { ttlMs: 5 * 60_000, maxBytes: MEGABYTE };
const RETRY_COUNTS = { ttlMs: 60 * 60_000, maxBytes: MEGABYTE };
const QUERY_TIMEOUT_MS = 10_000;
const STOP_PATIENCE_MS = 2_000;

export function createWhatsAppSender(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  account: string;
  encryptionKey: string;
  settings: WhatsAppSettings;
  /** The text of a message that a handset could not read and asks for again; null once it has expired. */
  findText(messageId: string): Promise<string | null>;
  onQr?(qr: string): void;
  /** Default 10 s. */
  queryTimeoutMs?: number;
}): WhatsAppSender {
  const { store, clock, log, account, settings } = deps;
  const baileysLog = createBaileysLog(log, settings.logLevel);
  const caches = {
    devices: createExpiringCache(clock, DEVICES),
    retries: createExpiringCache(clock, RETRY_COUNTS),
    mappings: createExpiringCache(clock, MAPPINGS),
  };
  const acks = createAcks();
  const board = createStatusBoard({ store, clock, log, account });
  const receipts = createListeners<Receipt>(log);
  const people = createPeople(deps);
  const retries = createReconnects(settings);
  const rounds = createQrRounds(clock);
  const troubles = createTroubles({ board, clock, log });
  const rejections = createRejections(() => lifecycle.connection());
  const restriction = createRestriction({
    board,
    clock,
    onImposed: (detail) => troubles.tell({ kind: 'restricted', detail }),
    onLifted() {
      // Without a connection nothing is well yet; the next one to open tells.
      if (openConnection()) troubles.over('restricted');
    },
  });
  const sessions = createSessions({
    ...deps,
    baileysLog,
    importDir: settings.importDir,
    onCorrupt: (error) => rejections.outside(() => lifecycle.corrupt(error)),
  });
  let askingRestriction = false;

  const lifecycle = createLifecycle({
    settings,
    queryTimeoutMs: deps.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
    caches,
    baileysLog,
    findText: deps.findText,
    board,
    clock,
    restriction,
    rounds,
    rejections,
    sessions,
    reactions: () => reactions,
    onQr: (qr) => deps.onQr?.(qr),
    onOpen() {
      const { state, detail } = board.now();
      troubles.tell(state === 'RESTRICTED' ? { kind: 'restricted', detail: detail ?? '' } : null);
    },
    onStable: retries.reset,
    onPaired,
    onAck(messageId, error, isOutdated) {
      if (isOutdated) acks.outdated(messageId);
      if (error !== null) acks.refused(messageId, error);
      else confirmed({ messageId, kind: 'accepted', at: clock.now() });
    },
    onReceipt: confirmed,
    onAddressesChanged: people.doubtAddresses,
    onReachOutLock({ isActive, until }) {
      if (isActive) restriction.impose(until);
      // The answer to our own question after a 463 is not believed when it says that all is well.
      else if (!askingRestriction) restriction.lift();
    },
    onClosed: acks.connectionClosed,
  });
  const reactions: Reactions = createReactions({
    board,
    clock,
    log,
    retries,
    rounds,
    sessions,
    troubles,
    connectAfter: lifecycle.connectAfter,
  });
  const operator = createOperator({ board, clock, log, lifecycle, retries, rounds, sessions });
  const openConnection = () => {
    const connection = lifecycle.connection();
    return connection?.isOpen() ? connection : null;
  };

  function confirmed(receipt: Receipt): void {
    people.heard(receipt);
    acks.accepted(receipt.messageId, receipt.at);
    receipts.tell(receipt);
  }

  /** Restriction and warm recipients belong to a number, not to this installation. */
  function onPaired(phone: string | null): void {
    const { lastPhone } = board.now();
    if (lastPhone === null || lastPhone === phone) return;
    restriction.lift();
    people.forgetAll();
  }

  function onReachOutRefused(): void {
    restriction.impose(null);
    if (askingRestriction) return;
    askingRestriction = true;
    const asked = openConnection()?.askRestriction() ?? Promise.resolve();
    asked
      .catch((error: unknown) => log.debug('WhatsApp did not say how long', { cause: describe(error) }))
      .finally(() => {
        askingRestriction = false;
      });
  }

  async function load(): Promise<void> {
    await board.load();
    try {
      let me = await sessions.storedPhone();
      if (me === null && board.now().importedAt === null && (await sessions.import())) {
        me = await sessions.storedPhone();
      }
      const unpaired = { needs: 'not_paired', detail: 'No number is paired yet.' };
      board.change(me === null ? unpaired : { me, lastPhone: me, needs: null, detail: null });
    } catch (error) {
      if (!(error instanceof SessionCorrupt)) throw error;
      reactions.corrupt(error);
    }
    restriction.resume();
  }

  async function stop(): Promise<void> {
    const { state } = board.now();
    restriction.stop();
    const ended = lifecycle.stop()?.end('stopped');
    await Promise.race([ended, sleep(clock, STOP_PATIENCE_MS)]);
    await sessions.saved().catch((error: unknown) => {
      log.error('the WhatsApp session could not be stored', { error });
    });
    const rests = state === 'BANNED' || state === 'CONFLICT' || state === 'LOGGED_OUT';
    const { lostSince } = board.now();
    board.change(rests ? CLOSED : { ...CLOSED, state: 'DISCONNECTED', detail: 'Stopped.', lostSince });
    await board.close();
  }

  return {
    status: board.status,
    onStatus: board.onStatus,
    onReceipt: receipts.add,
    onTrouble: troubles.onTrouble,
    onNamed: people.onNamed,
    learn: createLearn({ recipients: people.recipients, clock, log, connection: openConnection }),
    load,
    start: () => lifecycle.connectAfter(0),
    send: createSend({
      acks,
      people,
      clock,
      connection: openConnection,
      isRestricted: restriction.isActive,
      forgetDevices: caches.devices.flushAll,
      onReachOutRefused,
    }),
    ...operator,
    stop,
    handleUnhandledRejection: rejections.handle,
  };
}
