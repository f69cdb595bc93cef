import type {
  AuthenticationCreds,
  SignalDataSet,
  SignalDataTypeMap,
  SignalKeyStore,
} from '@whiskeysockets/baileys';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { Baileys } from '../baileys/baileys.js';
import type { BaileysLog } from '../baileys/baileys-log.js';
import { createExpiringCache } from '../expiring-cache.js';
import { phoneOfJid } from '../jid.js';
import type { TokenLife } from '../token-life.js';
import { type RowChange, SessionCorrupt, type SessionRows } from './session-rows.js';
import { type HeldToken, presented, takeTokens } from './tokens.js';

/** Baileys' view of the stored session: its identity (creds) and its Signal keys. */
export interface Session {
  creds: AuthenticationCreds;
  keys: SignalKeyStore;
  /** The identity is linked to a phone. Until then nothing is stored: an unlinked one is created afresh for each attempt. */
  isPaired(): boolean;
  phone(): string | null;
  /** Stores the creds as they are by the time of writing. */
  save(): void;
  /** Resolves when everything is saved. Rejects when it cannot be. */
  saved(): Promise<void>;
  /** From now on a socket that still holds this session writes nothing; resolves when no write is under way. */
  retire(): Promise<void>;
}

export const CREDS = { type: 'creds', id: 'creds' } as const;

const KEY_CACHE = { ttlMs: 5 * 60_000, maxBytes: 4 * 2 ** 20 };

/** The phone of the stored session, null when none is stored. Does not load Baileys. Rejects with `SessionCorrupt`. */
export async function storedPhone(rows: SessionRows): Promise<string | null> {
  const text = (await rows.read(CREDS.type, [CREDS.id])).get(CREDS.id);
  if (text === undefined) return null;
  const phone = linkedPhone(parse(text, CREDS.type));
  if (phone === null) throw unreadable(CREDS.type);
  return phone;
}

/** The phone that these creds (parsed JSON) are linked to, if they are. */
export function linkedPhone(creds: unknown): string | null {
  const { me, account } = (creds ?? {}) as { me?: { id?: unknown }; account?: unknown };
  return typeof me?.id === 'string' && account ? phoneOfJid(me.id) : null;
}

/** Opens the stored session, or creates a new identity when none is stored. */
export async function openSession(deps: {
  baileys: Baileys;
  rows: SessionRows;
  clock: Clock;
  log: Log;
  baileysLog: BaileysLog;
  /** How long trusted-contact tokens live. */
  tokenLife(): TokenLife;
  /** These tokens are stored. */
  onTokens(held: HeldToken[]): void;
  /** A needed key cannot be read; the caller gets the error as well. */
  onCorrupt(error: SessionCorrupt): void;
}): Promise<Session> {
  const { baileys, rows, clock, log } = deps;
  const text = (await rows.read(CREDS.type, [CREDS.id])).get(CREDS.id);
  const creds =
    text === undefined
      ? baileys.initAuthCreds()
      : (parse(text, CREDS.type, baileys.BufferJSON.reviver) as AuthenticationCreds);
  const phone = () => linkedPhone(creds);
  const isPaired = () => phone() !== null;
  let retired = false;
  let unsaved = false;
  let saving = Promise.resolve();
  const underWay = new Set<Promise<void>>();

  async function write(changes: RowChange[]): Promise<void> {
    const writing = rows.write(changes);
    underWay.add(writing);
    await writing.finally(() => underWay.delete(writing));
  }

  async function saveNow(): Promise<void> {
    if (!unsaved || retired || !isPaired()) return;
    unsaved = false;
    try {
      await write([{ ...CREDS, text: JSON.stringify(creds, baileys.BufferJSON.replacer) }]);
    } catch (error) {
      unsaved = true;
      throw error;
    }
  }

  function asBaileysSees<T extends keyof SignalDataTypeMap>(
    type: T,
    id: string,
    value: SignalDataTypeMap[T],
  ) {
    if (type !== 'tctoken') return value;
    const entry = value as SignalDataTypeMap['tctoken'];
    return presented(id, entry, deps.tokenLife(), clock.now()) as SignalDataTypeMap[T];
  }

  /** What is to be stored of the tokens that Baileys gives, and which of them are new. */
  async function tokensOf(given: NonNullable<SignalDataSet['tctoken']>) {
    const texts = await rows.read('tctoken', Object.keys(given));
    const known = new Map([...texts].map(([id, text]) => [id, revive(baileys, 'tctoken', text)]));
    return takeTokens(known, given, clock.now());
  }

  const stored: SignalKeyStore = {
    async get(type, ids) {
      try {
        const keys: Record<string, SignalDataTypeMap[typeof type]> = {};
        for (const [id, value] of await rows.read(type, ids)) {
          keys[id] = asBaileysSees(type, id, revive(baileys, type, value));
        }
        return keys;
      } catch (error) {
        if (error instanceof SessionCorrupt) deps.onCorrupt(error);
        throw error;
      }
    },
    async set(data) {
      if (retired) return;
      const changes: RowChange[] = [];
      const { held, ...tokens } = data.tctoken ? await tokensOf(data.tctoken) : { held: [] };
      for (const [type, values] of Object.entries({ ...data, ...tokens })) {
        for (const [id, value] of Object.entries(values ?? {})) {
          const text = value === null ? null : JSON.stringify(value, baileys.BufferJSON.replacer);
          changes.push({ type, id, text });
        }
      }
      try {
        if (changes.length > 0) await write(changes);
        // The cache in front has them as Baileys gave them.
        for (const id of Object.keys(data.tctoken ?? {})) cache.del(`tctoken.${id}`);
        if (held.length > 0) deps.onTokens(held);
      } catch (error) {
        // The cache in front already has the new values, but the database is what counts.
        cache.flushAll();
        throw error;
      }
    },
  };
  const cache = createExpiringCache(clock, KEY_CACHE, {
    write: (value) => JSON.stringify(value, baileys.BufferJSON.replacer),
    read: (text, key) => revive(baileys, key.slice(0, key.indexOf('.')) as keyof SignalDataTypeMap, text),
  });
  const keys = baileys.makeCacheableSignalKeyStore(stored, deps.baileysLog, cache);

  return {
    creds,
    keys,
    isPaired,
    phone,
    save() {
      unsaved = true;
      saving = saving.then(saveNow).catch((error: unknown) => {
        log.error('the WhatsApp session could not be stored', { error });
      });
    },
    async saved() {
      await saving;
      await saveNow();
    },
    async retire() {
      retired = true;
      await Promise.allSettled(underWay);
    },
  };
}

function revive<T extends keyof SignalDataTypeMap>(
  baileys: Baileys,
  type: T,
  text: string,
): SignalDataTypeMap[T] {
  const value = parse(text, type, baileys.BufferJSON.reviver);
  const revived =
    type === 'app-state-sync-key'
      ? baileys.proto.Message.AppStateSyncKeyData.fromObject(value as Record<string, unknown>)
      : value;
  return revived as SignalDataTypeMap[T];
}

function parse(text: string, type: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch {
    throw unreadable(type);
  }
}

function unreadable(type: string): SessionCorrupt {
  return new SessionCorrupt(
    `The stored WhatsApp session cannot be read (a row of type "${type}" is damaged).`,
  );
}
