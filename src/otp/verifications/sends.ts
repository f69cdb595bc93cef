import type { CodeRow, Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { unavailable } from '../../delivery/unavailable.js';
import { AppError } from '../../errors.js';
import type { Limits } from '../../limits/index.js';
import { generateCode } from '../code.js';
import { Moved } from '../route/moves.js';
import type { ReservedAgain, ReservedStart, Routing } from '../route/route.js';
import type { Links } from '../writing-first/links.js';
import { WRITTEN_ON } from '../written-on.js';
import { contactOf, countSend, findInSlot, findRow, freeSlots, refuseSend, routeIn } from './code-rows.js';
import { createCounts } from './counted.js';
import { type ChangesOfRows, insertRow, type NewCodeRow, type NewRows } from './new-row.js';
import { asksToWrite, canBeAsked, refuseChannel, refuseContradictions } from './orders.js';
import { notFound, orRefusal } from './refusals.js';
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
  changing: ChangesOfRows;
  limits: Pick<Limits, 'count'>;
  routing: Pick<Routing, 'reserve' | 'reserveAgain' | 'attemptsOf'>;
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
/** How often a code may go on along its route between the look at it and the send: it has three channels. */
const MAX_TURNS = 4;

export function createSends(deps: SendsDeps): Sends {
  const { store, clock, secrets, newRow, changing, routing, links, routeOf, mayPush, onChanged } = deps;
  const counting = createCounts(deps);

  async function start(order: VerificationOrder, once?: AnsweredOnce): Promise<string> {
    const wanted = { ...order, route: routeOf(order) };
    refuseContradictions(wanted);
    const slots = secrets.slotsOf(order);
    const before = await findInSlot(store, slots, clock.now());
    if (before) {
      return await sendAgain(before, { ...order, channel: null }, { once, order });
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
    const code = order.test?.code ?? order.code ?? generateCode(order.codeLength);
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
      contact: contactOf(row),
      route,
      code,
      locale: row.locale ?? null,
      action: row.action ?? null,
      sentence: null,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      silent: false,
      ...(row.request_id && { requestId: row.request_id }),
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

  async function sendAgain(row: CodeRow, again: Again, started?: Started): Promise<string> {
    const contact = contactOf(row);
    if (again.channel !== null) refuseChannel(row, again.channel);
    refuseSend(row, clock.now());
    const { caller, client } = row;
    const address = again.address ?? row.client_address;
    const sent = { caller, client, contact, address, isTest: row.test_until !== null };
    await counting(sent, again.admit, async () => {
      const channel = started?.order.over ?? again.channel;
      const send = (now: CodeRow) => sendOrOffer(now, { ...again, channel }, started?.once);
      await (started ? changing(row, started.order, send) : send(row));
    });
    onChanged();
    return row.id;
  }

  /** What is counted, what goes out and the idempotency key are one commit: whoever asks again gets it once. */
  async function sendOrOffer(row: CodeRow, wanted: Again, once?: AnsweredOnce): Promise<void> {
    const asked = { ...row, userFirst: row.user_first, route: routeIn(row), contact: contactOf(row) };
    const isTest = row.test_until !== null;
    const mayAsk = !isTest && canBeAsked({ ...asked, test: null });
    const couldPush = !mayAsk || (await mayPush(row.contact, row.expires_at - clock.now()));
    for (let turn = 1; ; turn++) {
      const isPushed = !isTest && row.user_first !== 'only';
      const { reserved, passedOver } = isPushed ? await reserveAgain(row, wanted) : NOTHING;
      const isAsked = mayAsk && asksToWrite({ ...asked, test: null }, passedOver, couldPush);
      try {
        const isCounted = await store.transaction().execute(async (trx) => {
          if (!(await countSend(trx, row.id, clock.now()))) return false;
          await reserved?.storeIn(trx);
          const link = isAsked ? await links.offerIn(trx, row.id) : null;
          if (!isTest && reserved === null && link === null) {
            throw passedOver[0]?.error ?? unavailable('sender_unavailable', RETRY_SECONDS);
          }
          await once?.takeIn(trx, row.id, row.expires_at);
          return true;
        });
        if (!isCounted) throw await refusalNow(row);
        return reserved?.committed();
      } catch (error) {
        if (!(error instanceof Moved) || turn === MAX_TURNS) throw error;
      } finally {
        reserved?.release();
      }
    }
  }

  /** Over the channel that is named, else over the last one, else over the first other one that takes it. */
  async function reserveAgain(row: CodeRow, { channel: named, requestId }: Again): Promise<Tried> {
    const route = routeIn(row);
    const attempts = (await routing.attemptsOf([row.id])).get(row.id) ?? [];
    const last = named ?? attempts.findLast(({ jobId }) => jobId !== null)?.channel;
    const missed = attempts.filter(({ error }) => error?.code === 'not_on_whatsapp');
    const isOther = (name: string) => name !== last && missed.every(({ channel }) => channel !== name);
    const others = named === null && last !== undefined ? route.filter(isOther) : [];
    const passedOver: Tried['passedOver'] = [];
    for (const channel of [last, ...others]) {
      const again = { channel, cause: 'resend' as const, requestId };
      const reserved = await orRefusal(routing.reserveAgain(row.id, again));
      if (reserved === null) throw await refusalNow(row);
      if (!(reserved instanceof AppError)) return { reserved, passedOver };
      // Where nothing was sent yet, that was its whole route.
      const tried = channel === undefined ? route : [channel];
      passedOver.push(...tried.map((name) => ({ channel: name, error: reserved })));
    }
    return { reserved: null, passedOver };
  }

  /** It has changed while this send was under way. */
  async function refusalNow(row: CodeRow): Promise<AppError> {
    const now = clock.now();
    refuseSend(await findRow(store, row, now), now);
    return notFound();
  }

  return { start, resend };
}

/** Nothing can be sent, and nobody can write first. */
class NoWay extends Error {}

/** By another start than the first. */
interface Started {
  order: VerificationOrder;
  once: AnsweredOnce | undefined;
}

/** A place for one more message, and the channels that have none. */
interface Tried {
  reserved: ReservedAgain | null;
  passedOver: { channel: string; error: AppError }[];
}

const NOTHING: Tried = { reserved: null, passedOver: [] };
