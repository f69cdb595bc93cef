import type { Insertable } from 'kysely';
import type { Store, Tables } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Sealer } from '../../sealing.js';
import { VERIFICATION } from './code-rows.js';
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
