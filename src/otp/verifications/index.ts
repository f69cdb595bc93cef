import type { CodeRow, Store } from '../../../database/schema.js';
import type { Floods } from '../../alarms/floods.js';
import type { Clock } from '../../clock.js';
import type { Changes } from '../../delivery/changes.js';
import type { Limits } from '../../limits/index.js';
import type { Log } from '../../log.js';

import type { KeyedHash, Sealer } from '../../sealing.js';
import type { Conversion } from '../conversion/conversion.js';
import type { KeyedCalls } from '../keyed-calls.js';
import { orStoreUnavailable } from '../or-store-unavailable.js';
import type { Routing } from '../route/route.js';
import type { Links } from '../writing-first/links.js';
import { createChecks } from './checks.js';
import { cancel, findInSlot, findRow } from './code-rows.js';
import { createChangesOfRows, createNewRows } from './new-row.js';
import { routesOf } from './orders.js';
import type { PageTokens } from './page-token.js';
import { pageOf, tallyOf } from './pages.js';
import { notFound } from './refusals.js';
import { createSecrets } from './secrets.js';
import { createSends, type SendsDeps } from './sends.js';
import type { Verification, Verifications, Which, WhichByContact } from './verification.js';
import { createViews } from './views.js';
import { createWaits } from './waits.js';

/** Verifications: codes that this server checks itself. */
export function createVerifications(
  deps: {
    store: Store;
    clock: Clock;
    log: Log;
    /** Of `codes.code`: the code's id is the context. */
    sealer: Sealer;
    /** Of what verifications are known by. */
    hash: KeyedHash;
    limits: Limits;
    floods: Pick<Floods, 'note'>;
    routing: Pick<Routing, 'reserve' | 'reserveAgain' | 'withdrawIn' | 'attemptsOf' | 'routeTo' | 'reaches'>;
    conversion: Pick<Conversion, 'approved'>;
    links: Pick<Links, 'offerIn' | 'shown'>;
    pageTokens: PageTokens;
    keyedCalls: Pick<KeyedCalls, 'note'>;
    /** As `Delivery.changes`: what happened to messages, and here to verifications. */
    changes: Changes;
    personOf(phone: string): string;
    /** Without a trailing slash. */
    publicUrl(): string;
  } & Pick<SendsDeps, 'mayPush'>,
): Verifications {
  const { store, clock, hash, sealer, routing } = deps;
  const views = createViews(deps);
  const waits = createWaits({ ...deps, views });
  const secrets = createSecrets({ hash, personOf: deps.personOf });
  const rows = {
    newRow: createNewRows({ clock, secrets, sealer }),
    changing: createChangesOfRows({ store, clock, secrets, sealer, routing }),
  };
  const parts = { ...deps, ...rows, secrets, routeOf: routesOf(routing), onChanged: waits.notify };
  const sends = createSends(parts);
  const checks = createChecks(parts);

  const read = (which: Which): Promise<CodeRow> => findRow(store, which, clock.now());
  const find = async (which: Which): Promise<Verification> => await views.one(await read(which));

  async function findByContact(which: WhichByContact): Promise<Verification> {
    const row = await findInSlot(store, secrets.slotsOf(which), clock.now());
    if (!row) throw notFound();
    return await views.one(row);
  }

  async function cancelIt(which: Which): Promise<Verification> {
    const row = await read(which);
    if (row.status === 'canceled') return await views.one(row);
    const isNow = await store.transaction().execute(async (trx) => {
      const isFirst = await cancel(trx, row.id, clock.now());
      if (isFirst) await routing.withdrawIn(trx, row.id);
      return isFirst;
    });
    const after = await read(which);
    if (!isNow && after.status !== 'canceled') throw notFound();
    waits.notify();
    return await views.one(after);
  }

  async function changed(which: Which, version: string | null, waitMs: number, signal: AbortSignal) {
    const seen = await find(which);
    const isOver = seen.status !== 'pending' || (version !== null && version !== seen.version);
    if (isOver || waitMs <= 0) return seen;
    await waits.until(seen.id, seen.version, waitMs, signal);
    return await find(which);
  }

  return {
    async start(order, once) {
      deps.keyedCalls.note();
      const start = async () => await find({ id: await sends.start(order, once) });
      const answer = await orStoreUnavailable(start());
      await once?.keep(answer);
      return answer;
    },
    find: (which) => orStoreUnavailable(find(which)),
    findByContact: (which) => orStoreUnavailable(findByContact(which)),
    check: (...what) => orStoreUnavailable(checks.check(...what)),
    checkByContact: (...what) => orStoreUnavailable(checks.checkByContact(...what)),
    approve: (which) => orStoreUnavailable(checks.approve(which).then(() => find(which))),
    resend: (which, again) => orStoreUnavailable(sends.resend(which, again).then((id) => find({ id }))),
    cancel: (which) => orStoreUnavailable(cancelIt(which)),
    async list(caller, filter) {
      const { rows, nextCursor } = await orStoreUnavailable(pageOf(store, caller, filter, clock.now()));
      return { verifications: await orStoreUnavailable(views.of(rows)), nextCursor };
    },
    tally: (caller, period) => orStoreUnavailable(tallyOf(store, caller, period, clock.now())),
    changed: (...what) => orStoreUnavailable(changed(...what)),
  };
}
