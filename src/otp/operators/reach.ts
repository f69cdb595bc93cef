import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Routing } from '../route/route.js';
import { VERIFICATION } from '../verifications/code-rows.js';

/** What is known of a number, and what a code for it would do now. Times are Unix ms. */
export interface ReachReport {
  /** E.164. */
  phone: string;
  /** The WhatsApp number may write to this person now: they wrote lately, or it holds a live token. */
  isReachable: boolean;
  /** Null: it never was. */
  reachableUntil: number | null;
  /** When their app gave the last trusted-contact token. */
  tokenAt: number | null;
  wroteAt: number | null;
  /** WhatsApp has refused a message to this person alone; until then none is tried. Null: it has not, or that is over. */
  refusedUntil: number | null;
  /** Since when messages are accepted and none arrives. */
  silentAt: number | null;
  /** When the first message was accepted. */
  acceptedAt: number | null;
  /** Null: WhatsApp was not asked, or its answer is in doubt. */
  isOnWhatsApp: boolean | null;
  /** Wrote STOP, and nothing since. */
  isOptedOut: boolean;
  /** The person could write first: a number of ours receives. */
  canWriteFirst: boolean;
  /** The channels of `CODE_ROUTE`, in order. */
  route: string[];
  /** The one that a code would begin with; null: none can push. */
  begins: string | null;
  passedOver: { channel: string; reason: string }[];
}

/** Looks at one number. Rejects only with a failure of the store. */
export type LookAtReach = (phone: string) => Promise<ReachReport>;

/** As long as a verification lives by default. */
const LIFE_MS = 600_000;
/** Nobody gets it. */
const NO_CODE = '000000';

export function createReachLook(deps: {
  store: Store;
  clock: Clock;
  /** Names the WhatsApp number in the database. */
  account: string;
  routing: Pick<Routing, 'reserve' | 'routeTo'>;
  spellingsOf(phone: string): string[];
  isOptedOut(phone: string): Promise<boolean>;
  /** A text that somebody writes within this time reaches us. */
  canReceive(lifeMs: number): boolean;
}): LookAtReach {
  const { store, clock, account, routing, spellingsOf } = deps;

  async function known(phone: string) {
    return await store
      .selectFrom('recipients')
      .select(['token_at', 'wrote_at', 'reachable_until', 'refused_until', 'silent_at'])
      .select(['first_accepted_at', 'checked_at', 'jid'])
      .where('account', '=', account)
      .where('recipient', 'in', spellingsOf(phone))
      .orderBy((eb) => eb.fn.coalesce('reachable_until', eb.lit(0)), 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /** Takes a place as a code would, and gives it back. */
  async function tried(phone: string, route: readonly string[]) {
    const now = clock.now();
    const start = await routing.reserve({
      caller: 'env',
      purpose: VERIFICATION,
      contact: { kind: 'phone', value: phone },
      route,
      code: NO_CODE,
      locale: null,
      action: null,
      sentence: null,
      createdAt: now,
      expiresAt: now + LIFE_MS,
      silent: false,
    });
    start.release();
    const passedOver = start.passedOver.map(({ channel, reason }) => ({ channel, reason }));
    return { begins: start.begins, passedOver };
  }

  return async (phone) => {
    const now = clock.now();
    const route = [...routing.routeTo('phone')];
    const [row, isOptedOut, way] = await Promise.all([
      known(phone),
      deps.isOptedOut(phone),
      tried(phone, route),
    ]);
    const refusedUntil = row?.refused_until ?? 0;
    return {
      phone,
      isReachable: (row?.reachable_until ?? 0) > now,
      reachableUntil: row?.reachable_until ?? null,
      tokenAt: row?.token_at ?? null,
      wroteAt: row?.wrote_at ?? null,
      refusedUntil: refusedUntil > now ? refusedUntil : null,
      silentAt: row?.silent_at ?? null,
      acceptedAt: row?.first_accepted_at ?? null,
      isOnWhatsApp: row?.jid ? true : row?.checked_at ? false : null,
      isOptedOut,
      canWriteFirst: deps.canReceive(LIFE_MS),
      route,
      ...way,
    };
  };
}
