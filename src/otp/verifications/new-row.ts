import type { Insertable } from 'kysely';
import type { CodeRow, Store, Tables } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Sealer } from '../../sealing.js';
import type { Routing } from '../route/route.js';
import { routeIn, VERIFICATION } from './code-rows.js';
import { notFound } from './refusals.js';
import { newVerificationId, type Secrets } from './secrets.js';
import type { VerificationOrder } from './verification.js';

export type NewCodeRow = Insertable<Tables['codes']> & { created_at: number };

/** @param deps.sealer of `codes.code`, whose context is the code's id. */
export function createNewRows(deps: { clock: Clock; sealer: Sealer; secrets: Pick<Secrets, 'hashOf'> }) {
  const { clock, sealer, secrets } = deps;

  return function newRow(
    order: VerificationOrder & { route: string[] },
    slot: string,
    code: string,
  ): NewCodeRow {
    const id = newVerificationId();
    const now = clock.now();
    const isPushed = order.test === null && order.userFirst !== 'only';
    return {
      id,
      caller: order.caller,
      purpose: VERIFICATION,
      contact: order.contact.value,
      action: order.action,
      client: order.client,
      slot,
      code: sealer.seal(code, id),
      code_hash: secrets.hashOf(id, code),
      proof: order.proof,
      user_first: order.userFirst,
      locale: order.locale,
      route: JSON.stringify(order.route),
      // Where nothing is pushed no step is left.
      step: isPushed ? -1 : order.route.length - 1,
      step_began_at: null,
      next_step_at: null,
      status: 'pending',
      sends: 1,
      last_send_at: now,
      created_at: now,
      changed_at: now,
      // Nobody is approved by a fixed code beyond its day.
      expires_at: Math.min(now + order.ttlMs, order.test?.until ?? Number.POSITIVE_INFINITY),
      metadata: order.metadata === null ? null : JSON.stringify(order.metadata),
      return_url: order.returnUrl,
      client_address: order.address,
      test_until: order.test?.until ?? null,
      request_id: order.requestId ?? null,
    };
  };
}

export type NewRows = ReturnType<typeof createNewRows>;

/**
 * What a later start wants otherwise than the first: digits of its own, whose predecessors are withdrawn, or another channel.
 * @param deps.sealer as of `createNewRows`.
 */
export function createChangesOfRows(deps: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  secrets: Pick<Secrets, 'hashOf' | 'isCode'>;
  routing: Pick<Routing, 'withdrawIn'>;
}) {
  const { store, clock, sealer, secrets, routing } = deps;

  async function change(
    trx: Store,
    { id, route, code_hash }: CodeRow,
    to: Partial<Pick<CodeRow, 'code' | 'code_hash' | 'route'>>,
  ): Promise<CodeRow | undefined> {
    return await trx
      .updateTable('codes')
      .set({ ...to, changed_at: clock.now() })
      .where('id', '=', id)
      .where('route', '=', route)
      .where('code_hash', '=', code_hash)
      .where('status', '=', 'pending')
      .returningAll()
      .executeTakeFirst();
  }

  async function changed(
    row: CodeRow,
    { code, over, test }: Pick<VerificationOrder, 'code' | 'over' | 'test'>,
  ): Promise<CodeRow> {
    const { id } = row;
    const isNewCode = code !== undefined && test === null && !secrets.isCode(id, code, row.code_hash);
    const route = routeIn(row);
    const isNewChannel = over !== undefined && !route.includes(over);
    if (!isNewCode && !isNewChannel) return row;
    return await store.transaction().execute(async (trx) => {
      const now = await change(trx, row, {
        ...(isNewCode && { code: sealer.seal(code, id), code_hash: secrets.hashOf(id, code) }),
        ...(isNewChannel && { route: JSON.stringify([...route, over]) }),
      });
      if (!now) throw notFound();
      if (isNewCode) await routing.withdrawIn(trx, id);
      return now;
    });
  }

  /** Where `send` rejects, the digits that the person has are those that count. */
  return async function changing(
    row: CodeRow,
    order: Pick<VerificationOrder, 'code' | 'over' | 'test'>,
    send: (row: CodeRow) => Promise<void>,
  ): Promise<void> {
    const now = await changed(row, order);
    try {
      await send(now);
    } catch (error) {
      const { code, code_hash, route } = row;
      if (now !== row) await change(store, now, { code, code_hash, route });
      throw error;
    }
  };
}

export type ChangesOfRows = ReturnType<typeof createChangesOfRows>;

/** False: another one has its turn. */
export async function insertRow(trx: Store, row: NewCodeRow): Promise<boolean> {
  const made = await trx
    .insertInto('codes')
    .values(row)
    .onConflict((conflict) => conflict.column('slot').doNothing())
    .returning('id')
    .execute();
  return made.length > 0;
}
