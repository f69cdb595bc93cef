import { hold } from '../../../database/queries/hold.js';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { leftOf } from '../../deadline.js';
import { AppError, invalidFields } from '../../errors.js';
import { randomBytesPooled } from '../../random.js';
import type { Sealer } from '../../sealing.js';
import type { Targets } from '../network/target.js';
import { newSecret } from '../signing.js';
import type { EndpointChange, Endpoints } from './endpoint.js';
import { countEndpoints, type EndpointRow, endpointOf, findEndpoint, notFound } from './rows.js';

export const MAX_ENDPOINTS = 20;
const ID_BYTES = 16;
const OVERLAP_MS = 24 * 60 * 60_000;

/**
 * @param deps.sealer of the secrets, whose context is the endpoint's id.
 * @param deps.onChanged called after each change.
 */
export function createEndpoints(deps: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  targets: Pick<Targets, 'refusal'>;
  onChanged(): void;
}): Endpoints {
  const { store, clock, sealer, targets, onChanged } = deps;
  const shown = (row: EndpointRow) => endpointOf(row, clock.now());

  async function requireTarget(url: string): Promise<void> {
    const refusal = await targets.refusal(url);
    if (refusal !== null) throw invalidFields([{ field: 'url', message: `url ${refusal}` }]);
  }

  async function requireRoom(trx: Store, caller: string): Promise<void> {
    await hold(trx, `webhooks of ${caller}`);
    if ((await countEndpoints(trx, caller)) < MAX_ENDPOINTS) return;
    throw new AppError('webhooks_full', `There are ${MAX_ENDPOINTS} webhooks already. Remove one first.`);
  }

  return {
    async create({ caller, url, events, fullNumbers }) {
      await requireTarget(url);
      const id = `wh_${randomBytesPooled(ID_BYTES).toString('base64url')}`;
      const [secret, now] = [newSecret(), clock.now()];
      const row = await store.transaction().execute(async (trx) => {
        await requireRoom(trx, caller);
        return await trx
          .insertInto('webhook_endpoints')
          .values({
            id,
            caller,
            url,
            events: events?.join(' ') ?? null,
            full_numbers_at: fullNumbers ? now : null,
            secret: sealer.seal(secret, id),
            created_at: now,
          })
          .returningAll()
          .executeTakeFirstOrThrow();
      });
      onChanged();
      return { endpoint: shown(row), secret };
    },

    async list(caller) {
      const rows = await store
        .selectFrom('webhook_endpoints')
        .selectAll()
        .$if(caller !== undefined, (own) => own.where('caller', '=', caller ?? ''))
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(shown);
    },

    find: async (which) => shown(await findEndpoint(store, which)),

    async change(which, change) {
      const { id } = await findEndpoint(store, which);
      if (change.url !== undefined) await requireTarget(change.url);
      await store
        .updateTable('webhook_endpoints')
        .set({ id, ...columnsOf(change, clock.now()) })
        .where('id', '=', id)
        .execute();
      onChanged();
      return shown(await findEndpoint(store, which));
    },

    async remove(which) {
      const { id } = await findEndpoint(store, which);
      await store.deleteFrom('webhook_endpoints').where('id', '=', id).execute();
      onChanged();
    },

    async rotate(which) {
      const { id } = await findEndpoint(store, which);
      const secret = newSecret();
      const row = await store
        .updateTable('webhook_endpoints')
        .set((eb) => ({
          former_secret: eb.ref('secret'),
          former_until: clock.now() + OVERLAP_MS,
          secret: sealer.seal(secret, id),
        }))
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      if (!row) throw notFound();
      onChanged();
      return { endpoint: shown(row), secret };
    },
  };
}

/** What an endpoint is signed for with, the present one first. Throws `SealBroken`. */
export function secretsOf(row: EndpointRow, sealer: Sealer, now: number): string[] {
  const { id, secret, former_secret: former, former_until: until } = row;
  const isFormerLive = former !== null && until !== null && leftOf(until, OVERLAP_MS, now) > 0;
  return [secret, ...(isFormerLive ? [former] : [])].map((sealed) => sealer.open(sealed, id));
}

function columnsOf({ url, events, fullNumbers, enabled }: EndpointChange, now: number) {
  return {
    ...(url !== undefined && { url }),
    ...(events !== undefined && { events: events?.join(' ') ?? null }),
    ...(fullNumbers !== undefined && { full_numbers_at: fullNumbers ? now : null }),
    ...(enabled === true && { disabled_at: null, disabled_for: null, failing_since: null }),
    ...(enabled === false && { disabled_at: now, disabled_for: 'operator' }),
  };
}
