import { sql } from 'kysely';
import { atMostEvery, type Clock, type Timer } from '../../clock.js';
import type { Log } from '../../log.js';
import type { AgainDeps } from './again.js';
import { endCodes } from './code-rows.js';
import { decide, type RouteFacts, type SendFacts } from './decide.js';
import { factsOf, isOvertaken, type KnownCode, knownCodes } from './known-codes.js';
import { codeOf, messageOf } from './messages.js';
import { Moved, storeWay } from './moves.js';
import { findWay, type Way } from './ways.js';

/** Moves codes along their routes. */
export interface Engine {
  /** A code with steps to come is stored. */
  opened(): void;
  start(): void;
  /** Waits for the step in hand. */
  stop(): Promise<void>;
}

/** Codes of other processes, and channels that shut without a word: they are found within this time. */
const POLL_MS = 2_000;
/** Much happens to messages in a second: it is looked at no more often than this. */
const REST_MS = 100;
const AT_ONCE = 200;

/** @param deps.changes notifies when something about a job has changed. */
export function createEngine(
  deps: Omit<AgainDeps, 'onOpened' | 'clock'> & {
    clock: Clock;
    log: Log;
    changes: { subscribe(listener: () => void): () => void };
  },
): Engine {
  const { store, clock, log, places, sealer, wording, waitsMs, conversion } = deps;
  let hasOpen = true;
  let hasFailed = false;
  let stopped = true;
  let timer: Timer | null = null;
  let underWay: Promise<void> | null = null;
  let isWanted = false;
  let unsubscribe = () => {};

  async function move(code: KnownCode): Promise<void> {
    const now = clock.now();
    const facts = factsOf(code, waitsMs, await refusals(code));
    const next = decide(facts, now);
    if (next.do === 'wait') return;
    if (next.do === 'end') return await end(code);
    const routed = next.do === 'stay' ? null : codeOf(code, sealer);
    if (!routed) return await settle(code);
    if (await isOvertaken(store, code, deps.spellingsOf(code.row.contact))) return await end(code);
    const way = await findWay(places, routed, facts, now);
    try {
      const job = messageOf(routed, wording, { codeId: code.row.id, askedBy: code.askedBy }, now);
      await storeStep(code, facts, way, { cause: 'step', job, now });
    } finally {
      way.begins?.place.release();
    }
  }

  async function storeStep(
    { row, sends }: KnownCode,
    facts: RouteFacts,
    way: Way,
    message: Parameters<typeof storeWay>[3],
  ): Promise<void> {
    const moving = { id: row.id, facts, sends };
    const joined = await store
      .transaction()
      .execute((trx) => storeWay(trx, moving, way, message, conversion));
    joined?.committed();
  }

  /** Why the channel of the moment sends nothing more, while its message waits. */
  async function refusals({ row, route, sends }: KnownCode): Promise<Map<string, string>> {
    const channel = route[row.step];
    const waits = sends.some((send) => send.channel === channel && isUnwritten(send));
    if (channel === undefined || !waits) return new Map();
    const reason = await places.refusal(channel, row.contact, row.expires_at - row.created_at);
    return new Map(reason === null ? [] : [[channel, reason]]);
  }

  async function end({ row }: KnownCode): Promise<void> {
    await store.transaction().execute((trx) => endCodes(trx, [row.id], clock.now(), 'canceled'));
  }

  /** Nothing follows: it is not looked at again. */
  async function settle({ row }: KnownCode): Promise<void> {
    await store
      .updateTable('codes')
      .set({ next_step_at: null, may_follow_until: null, changed_at: clock.now() })
      .where('id', '=', row.id)
      .where('step', '=', row.step)
      .execute();
  }

  async function openCodes(): Promise<string[]> {
    const rows = await store
      .selectFrom('codes')
      .select('id')
      .where('status', '=', sql.lit('pending'))
      .where('may_follow_until', 'is not', null)
      .orderBy('may_follow_until')
      .execute();
    return rows.map(({ id }) => id);
  }

  async function lookAtAll(): Promise<void> {
    hasFailed = false;
    const ids = await openCodes();
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      for (const code of await knownCodes(store, ids.slice(from, from + AT_ONCE))) {
        if (stopped) return;
        await move(code).catch((error: unknown) => {
          if (error instanceof Moved) return;
          hasFailed = true;
          log.error('a code could not take its next step', { error });
        });
      }
    }
    hasOpen = ids.length > 0;
  }

  async function run(): Promise<void> {
    while (isWanted && !stopped) {
      isWanted = false;
      await lookAtAll().catch((error: unknown) => {
        hasFailed = true;
        log.error('the routes could not be read', { error });
      });
    }
    if (hasFailed || !hasOpen) wakeIn(POLL_MS);
    else await wakeInTime().catch(() => wakeIn(POLL_MS));
  }

  /** At the next step, if that is sooner than the next poll. */
  async function wakeInTime(): Promise<void> {
    const row = await store
      .selectFrom('codes')
      .select(({ fn }) => fn.min('next_step_at').as('at'))
      .where('status', '=', sql.lit('pending'))
      .where('may_follow_until', 'is not', null)
      .where('next_step_at', 'is not', null)
      .executeTakeFirst();
    const inMs = row?.at ? Number(row.at) - clock.now() : POLL_MS;
    wakeIn(Math.min(Math.max(inMs, REST_MS), POLL_MS));
  }

  function wakeIn(ms: number): void {
    timer?.cancel();
    if (!stopped) timer = clock.after(ms, look);
  }

  function look(): void {
    if (stopped) return;
    isWanted = true;
    underWay ??= run().finally(() => {
      underWay = null;
      if (isWanted) look();
    });
  }

  const lookSoon = atMostEvery(clock, REST_MS, look);

  return {
    opened() {
      hasOpen = true;
      lookSoon();
    },
    start() {
      stopped = false;
      unsubscribe = deps.changes.subscribe(() => {
        if (hasOpen) lookSoon();
      });
      look();
    },
    async stop() {
      stopped = true;
      unsubscribe();
      timer?.cancel();
      await underWay;
    },
  };
}

function isUnwritten({ jobStatus, writes }: SendFacts): boolean {
  return jobStatus === 'pending' && writes === 0;
}
