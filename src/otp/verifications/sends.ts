import type { CodeRow, Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { unavailable } from '../../delivery/unavailable.js';
import type { Limits } from '../../limits/index.js';
import { generateCode } from '../code.js';
import type { ReservedStart, Routing } from '../route/route.js';
import type { Links } from '../writing-first/links.js';
import { countSend, findInSlot, findRow, freeSlots, refuseSend, uncountSend } from './code-rows.js';
import { createCounts } from './counted.js';
import { insertRow, type NewCodeRow, type NewRows } from './new-row.js';
import { asksToWrite, canBeAsked, refuseContradictions, WRITTEN_ON } from './orders.js';
import { invalid, notFound } from './refusals.js';
import type { Secrets } from './secrets.js';
import type { Again, AnsweredOnce, VerificationOrder, Which } from './verification.js';

/** What begins a verification, and what sends its code again. Both resolve with its id. */
export interface Sends {
  start(order: VerificationOrder, once?: AnsweredOnce): Promise<string>;
  resend(which: Which, again: Again): Promise<string>;
}

export interface SendsDeps {
  store: Store;
  clock: Clock;
  secrets: Secrets;
  newRow: NewRows;
  limits: Pick<Limits, 'count'>;
  routing: Pick<Routing, 'reserve' | 'resend'>;
  links: Pick<Links, 'offerIn'>;
  /** The channels of an order that names none, or those that it names. Throws fields_invalid. */
  routeOf(order: Pick<VerificationOrder, 'channel' | 'route' | 'contact'>): string[];
  /** A sender of WhatsApp may write to this number now: within reach, or within what the day has for others. */
  mayPush(phone: string, ttlMs: number): Promise<boolean>;
  /** As `Persons.personOf`. */
  personOf(phone: string): string;
  onChanged(): void;
}

/** In how many seconds to try again where no number can receive. */
const RETRY_SECONDS = 10;

export function createSends(deps: SendsDeps): Sends {
  const { store, clock, secrets, newRow, routing, links, routeOf, mayPush, onChanged } = deps;
  const counting = createCounts(deps);

  async function start(order: VerificationOrder, once?: AnsweredOnce): Promise<string> {
    const wanted = { ...order, route: routeOf(order) };
    refuseContradictions(wanted);
    const slots = secrets.slotsOf(order);
    const before = await findInSlot(store, slots, clock.now());
    if (before) {
      const again = { channel: null, address: order.address, admit: order.admit };
      return await sendAgain(before, again, once);
    }
    const sent = { ...order, isTest: order.test !== null };
    const id = await counting(sent, order.admit, () => begin(wanted, slots, once));
    // Somebody began the same in this moment.
    return id ?? (await start(order, once));
  }

  /** Null: another one has the turn. */
  async function begin(
    order: VerificationOrder & { route: string[] },
    slots: string[],
    once: AnsweredOnce | undefined,
  ): Promise<string | null> {
    const code = order.test?.code ?? generateCode(order.codeLength);
    const row = newRow(order, slots[0] ?? '', code);
    const couldPush = !canBeAsked(order) || (await mayPush(row.contact, order.ttlMs));
    const reserved = order.test || order.userFirst === 'only' ? null : await reserve(row, order.route, code);
    try {
      const isAsked = canBeAsked(order) && asksToWrite(order, reserved?.passedOver ?? [], couldPush);
      const isMade = await store.transaction().execute(async (trx) => {
        await freeSlots(trx, slots, row.created_at);
        if (!(await insertRow(trx, row))) return false;
        if (reserved?.begins) await reserved.storeIn(trx, row.id, { askedBy: row.id });
        const link = isAsked ? await links.offerIn(trx, row.id) : null;
        if (!order.test && !reserved?.begins && link === null) throw new NoWay();
        await once?.takeIn(trx, row.id, row.expires_at);
        return true;
      });
      if (!isMade) return null;
      if (reserved?.begins) reserved.committed();
      onChanged();
      return row.id;
    } catch (error) {
      throw error instanceof NoWay ? await refusalOf(reserved, row, code) : error;
    } finally {
      reserved?.release();
    }
  }

  function reserve(row: NewCodeRow, route: string[], code: string): Promise<ReservedStart> {
    return routing.reserve({
      caller: row.caller,
      purpose: row.purpose,
      contact: { kind: row.contact.includes('@') ? 'email' : 'phone', value: row.contact },
      route,
      code,
      locale: row.locale ?? null,
      action: row.action ?? null,
      sentence: null,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      silent: false,
    });
  }

  /** Why nothing works: the first step's reason, or why no number of ours is there to be written to. */
  async function refusalOf(tried: ReservedStart | null, row: NewCodeRow, code: string) {
    const reserved = tried ?? (await reserve(row, [WRITTEN_ON], code));
    reserved.release();
    return reserved.passedOver[0]?.error ?? unavailable('sender_unavailable', RETRY_SECONDS);
  }

  async function resend(which: Which, again: Again): Promise<string> {
    return await sendAgain(await findRow(store, which, clock.now()), again);
  }

  async function sendAgain(row: CodeRow, again: Again, once?: AnsweredOnce): Promise<string> {
    const contact = contactOf(row);
    if (again.channel !== null) refuseChannel(row, again.channel);
    refuseSend(row, clock.now());
    const { caller, client } = row;
    const address = again.address ?? row.client_address;
    const sent = { caller, client, contact, address, isTest: row.test_until !== null };
    await counting(sent, again.admit, () => countedSend(row, again.channel));
    if (once) await store.transaction().execute((trx) => once.takeIn(trx, row.id, row.expires_at));
    onChanged();
    return row.id;
  }

  async function countedSend(row: CodeRow, channel: string | null): Promise<void> {
    const now = clock.now();
    if (!(await countSend(store, row.id, now))) {
      refuseSend(await findRow(store, row, now), now);
      throw notFound();
    }
    if (row.test_until !== null) return;
    try {
      await sendOrOffer(row, channel);
    } catch (error) {
      await uncountSend(store, row, now).catch(() => {});
      throw error;
    }
  }

  async function sendOrOffer(row: CodeRow, channel: string | null): Promise<void> {
    const isOnly = row.user_first === 'only';
    const route = JSON.parse(row.route) as string[];
    const asked = { ...row, userFirst: row.user_first, route, test: null, contact: contactOf(row) };
    const leftMs = row.expires_at - clock.now();
    const couldPush = !canBeAsked(asked) || (await mayPush(row.contact, leftMs));
    const sent = isOnly ? null : await routing.resend(row.id, channel ?? undefined);
    if (sent?.kind === 'over') throw notFound();
    const refused = sent?.kind === 'refused' ? sent.error : null;
    const passedOver = refused ? [{ channel: channel ?? WRITTEN_ON, error: refused }] : [];
    const isAsked = canBeAsked(asked) && asksToWrite(asked, passedOver, couldPush);
    const link = isAsked ? await store.transaction().execute((trx) => links.offerIn(trx, row.id)) : null;
    if (sent?.kind === 'sent' || link !== null) return;
    throw refused ?? unavailable('sender_unavailable', RETRY_SECONDS);
  }

  return { start, resend };
}

/** Nothing can be sent, and nobody can write first. */
class NoWay extends Error {}

function refuseChannel(row: CodeRow, channel: string): void {
  const route = JSON.parse(row.route) as string[];
  if (!route.includes(channel)) throw invalid('channel', `channel must be one of ${route.join(', ')}`);
  if (row.user_first !== 'only') return;
  throw invalid('channel', 'channel must be left out where only the person can begin');
}

function contactOf({ contact: value }: Pick<CodeRow, 'contact'>) {
  return { kind: value.includes('@') ? ('email' as const) : ('phone' as const), value };
}
