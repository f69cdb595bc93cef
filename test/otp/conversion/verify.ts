import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../../src/clock.js';
import { createBlockedPrefixes } from '../../../src/otp/conversion/blocked-prefixes.js';
import { type Conversion, createConversion } from '../../../src/otp/conversion/conversion.js';

let codes = 0;

/**
 * Stores a verification with a send over each of its channels, in that order, and counts it; returns what approves it. By
 * default as another process on the same database.
 */
export function createVerifier(
  store: Store,
  clock: Clock,
  conversion: Conversion = createConversion({
    store,
    clock,
    blocked: createBlockedPrefixes({ store, clock }),
  }),
) {
  async function start(contact: string, channels: readonly string[] = ['whatsapp']) {
    const id = `ver_${++codes}`;
    const startedAt = clock.now();
    await store.transaction().execute(async (trx) => {
      await trx
        .insertInto('codes')
        .values(codeOf(id, contact, startedAt))
        .execute();
      for (const [index, channel] of channels.entries()) {
        const attempt = { id: `${id}-${index}`, code_id: id, place: index + 1, channel, at: startedAt };
        await trx
          .insertInto('code_attempts')
          .values({ ...attempt, cause: 'start', job_id: 1, error: null })
          .execute();
        await conversion.started(trx, { contact, channel, startedAt, isFirst: index === 0 });
      }
    });
    return () =>
      store.transaction().execute((trx) => conversion.approved(trx, { id, contact, created_at: startedAt }));
  }

  /** So many of numbers that begin so, of which the first are approved. */
  async function startMany(prefix: string, started: number, approved: number, channels?: readonly string[]) {
    for (let at = 0; at < started; at++) {
      const approve = await start(`${prefix}${1_000 + at}`, channels);
      if (at < approved) await approve();
    }
  }

  return { start, startMany, conversion };
}

function codeOf(id: string, contact: string, at: number) {
  return {
    id,
    caller: 'env',
    purpose: 'verification',
    contact,
    code_hash: 'hash',
    proof: 'code' as const,
    user_first: 'never' as const,
    route: '[]',
    step: 0,
    status: 'pending' as const,
    created_at: at,
    changed_at: at,
    expires_at: at + 600_000,
  };
}
