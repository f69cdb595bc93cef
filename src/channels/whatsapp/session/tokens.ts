import type { SignalDataSet, SignalDataTypeMap } from '@whiskeysockets/baileys';
import { BAILEYS_LIFE, liveUntil, oldestLive, type TokenLife } from '../token-life.js';
import type { SessionRows } from './session-rows.js';

/** The trusted-contact tokens of a session, as Baileys reads and writes them. */

type Entry = SignalDataTypeMap['tctoken'];

/** A token that the session has: whose (a LID, or a number's JID), and when it was issued, Unix ms. */
export interface HeldToken {
  address: string;
  at: number;
}

/** The longest that WhatsApp has been seen to take them for; its own word may not be known yet. */
const LONGEST_LIFE: TokenLife = { ...BAILEYS_LIFE, buckets: 26 };

/** Where Baileys lists all addresses. */
const INDEX = '__index';

/** Null: the entry holds no token. */
function heldToken(address: string, entry: Entry | null | undefined): HeldToken | null {
  const at = Number(entry?.timestamp) * 1_000;
  if (address === INDEX || !entry?.token?.length || !(at > 0)) return null;
  return { address, at };
}

/**
 * The entry as Baileys is to see it: one that is live by WhatsApp's rule, but too old by Baileys' own, appears as the oldest
 * that it takes, and is not dropped.
 */
export function presented(address: string, entry: Entry, life: TokenLife, now: number): Entry {
  const held = heldToken(address, entry);
  const oldest = oldestLive(now, BAILEYS_LIFE);
  if (!held || held.at >= oldest || liveUntil(held.at, life) <= now) return entry;
  return { ...entry, timestamp: String(oldest / 1_000) };
}

/** All that are stored. Does not load Baileys. */
export async function storedTokens(rows: SessionRows): Promise<HeldToken[]> {
  const entries = await rows.read('tctoken', await rows.idsOf('tctoken'));
  return [...entries].flatMap(([id, text]) => {
    const { token, timestamp } = JSON.parse(text) as { token?: { data?: string }; timestamp?: string };
    const bytes = Buffer.from(token?.data ?? '', 'base64');
    return heldToken(id, { token: bytes, ...(timestamp && { timestamp }) }) ?? [];
  });
}

/** What is to be stored when Baileys gives these, in place of those that are known; and which of them are new. */
export function takeTokens(
  known: ReadonlyMap<string, Entry>,
  given: NonNullable<SignalDataSet['tctoken']>,
  now: number,
) {
  const tctoken: typeof given = {};
  const held: HeldToken[] = [];
  for (const [id, entry] of Object.entries(given)) {
    const stored = known.get(id);
    tctoken[id] = restored(stored, entry, now);
    const token = heldToken(id, tctoken[id]);
    if (token && token.at !== heldToken(id, stored)?.at) held.push(token);
  }
  return { tctoken, held };
}

/**
 * What is to be stored in place of `stored`: the same token keeps its own time, and Baileys, which goes by its own rule,
 * drops none that WhatsApp may still take.
 */
function restored(stored: Entry | undefined, entry: Entry | null, now: number): Entry | null {
  if (!stored?.token?.length || stored.timestamp === undefined) return entry;
  if (!entry?.token?.length) {
    const mayLive = liveUntil(Number(stored.timestamp) * 1_000, LONGEST_LIFE) > now;
    return mayLive
      ? { ...stored, ...(entry?.senderTimestamp && { senderTimestamp: entry.senderTimestamp }) }
      : entry;
  }
  const isSame = Buffer.from(stored.token).equals(entry.token);
  return isSame ? { ...entry, timestamp: stored.timestamp } : entry;
}
