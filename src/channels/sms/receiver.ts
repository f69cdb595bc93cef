import type { IncomingHttpHeaders } from 'node:http';
import type { Clock, Timer } from '../../clock.js';
import type { Log } from '../../log.js';
import { sameBytes } from '../../same-bytes.js';
import type { Receipt } from '../channel.js';
import { at, parsedJson, textAt } from '../http/path.js';
import { isVerified } from '../http/verified.js';
import { shown } from './answer.js';
import type { ProviderIds } from './provider-ids.js';
import type { ReceiptSettings } from './settings.js';

export interface ReceivedRequest {
  /** The last part of the address that was asked. */
  key: string;
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
  /** The body, byte for byte. */
  raw: Buffer;
  /** For the log. */
  requestId?: string;
}

/** `elsewhere`: there is nothing at this address; `unsigned`: it is not from the provider; `unreadable`: it holds no receipts. */
export type Received = 'taken' | 'elsewhere' | 'unsigned' | 'unreadable';

/** Takes what a provider reports. Messages that nobody knows are passed over in silence. */
export interface Receiver {
  /** The answer is there at once; what was reported is stored after it. Never rejects. */
  receive(request: ReceivedRequest): Promise<Received>;
  stop(): void;
}

/** In the form of `newMessageId`: the provider repeats ours. */
const OWN_ID = /^[0-9a-f]{32}$/;
/** Receipts that wait for the number of their message. */
const MAX_HELD = 1_000;
/** In one request; Meta and Infobip send up to 1,000. */
const MAX_RECEIPTS = 1_000;

interface Report {
  id: string;
  status: string;
  at: number;
}

/**
 * @param deps.keys what the address may end in: under the present encryption key, and the one of before.
 * @param deps.retry statuses after which the provider goes on trying.
 * @param deps.holdMs how long the answer to a request may still be under way, with the provider's number in it.
 */
export function createReceiver(deps: {
  clock: Clock;
  log: Log;
  settings: ReceiptSettings;
  keys: readonly string[];
  retry: readonly string[];
  /** Null: the provider gives messages no number of its own. */
  ids: ProviderIds | null;
  holdMs: number;
  onReceipt(receipt: Receipt): void;
}): Receiver {
  const { clock, log, settings, ids } = deps;
  const keys = deps.keys.map((key) => Buffer.from(key));
  const held = new Set<Timer>();
  let stopped = false;

  function tell({ id, status, at }: Report, messageId: string): void {
    // The settings may name a status that ends nothing: it is worth no word.
    const kind = settings.map[status];
    if (kind === undefined) return;
    if (kind === 'failed') {
      const reason = `The SMS provider reported ${shown(status, (text) => text.replaceAll(id, '…'))}.`;
      deps.onReceipt({ messageId, kind, at, reason, final: !deps.retry.includes(status) });
    } else {
      deps.onReceipt({ messageId, kind, at });
    }
  }

  /** By the provider's own number, which we may not have heard of yet. */
  async function resolve(report: Report, mayWait: boolean): Promise<void> {
    if (stopped || ids === null) return;
    try {
      const messageId = await ids.find(report.id);
      if (messageId !== null) return tell(report, messageId);
    } catch (error) {
      log.error('whose receipt it is could not be looked up', { error });
    }
    if (!mayWait || held.size >= MAX_HELD) return;
    const timer = clock.after(deps.holdMs, () => {
      held.delete(timer);
      void resolve(report, false);
    });
    held.add(timer);
  }

  return {
    async receive({ key, headers, query, raw, requestId }) {
      if (!keys.some((each) => sameBytes(each, Buffer.from(key)))) return 'elsewhere';
      if (!(await isVerified(settings.verification, headers, raw, clock.now()))) {
        log.warn('a receipt of the SMS provider was refused: it is not signed as the settings say', {
          requestId,
        });
        return 'unsigned';
      }
      const reports = reportsIn(settings, query, raw, clock.now());
      if (reports === null) return 'unreadable';
      setImmediate(() => {
        for (const report of reports) {
          const isOurs = OWN_ID.test(report.id);
          if (isOurs) tell(report, report.id);
          void resolve(report, !isOurs);
        }
      });
      return 'taken';
    },

    stop() {
      stopped = true;
      for (const timer of held) timer.cancel();
      held.clear();
    },
  };
}

/** Null: the request is not in the form that the settings say. */
function reportsIn(
  { in: form, list, id, status, map, at: when }: ReceiptSettings,
  query: URLSearchParams,
  raw: Buffer,
  now: number,
): Report[] | null {
  const body = bodyIn(form, query, raw);
  if (typeof body !== 'object' || body === null) return null;
  const found = list === null ? [body] : at(body, list);
  if (!Array.isArray(found)) return null;
  return found.slice(0, MAX_RECEIPTS).flatMap((each: unknown) => {
    const [messageId, said] = [textAt(each, id), textAt(each, status)];
    if (messageId === undefined || said === undefined || !Object.hasOwn(map, said)) return [];
    return [{ id: messageId, status: said, at: timeOf(when === null ? undefined : textAt(each, when), now) }];
  });
}

function bodyIn(form: ReceiptSettings['in'], query: URLSearchParams, raw: Buffer): unknown {
  switch (form) {
    case 'json':
      return parsedJson(raw.toString('utf8'));
    case 'form':
      return Object.fromEntries(new URLSearchParams(raw.toString('utf8')));
    case 'query':
      return Object.fromEntries(query);
  }
}

const YEAR_2001_MS = 1e12;

/** Unix seconds, of which the end is taken, milliseconds or ISO 8601; never later than now. */
function timeOf(text: string | undefined, now: number): number {
  if (text === undefined) return now;
  const number = Number(text);
  const at = Number.isNaN(number) ? Date.parse(text) : number < YEAR_2001_MS ? number * 1_000 + 999 : number;
  return at > 0 ? Math.min(now, Math.floor(at)) : now;
}
