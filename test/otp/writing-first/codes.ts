import { randomUUID } from 'node:crypto';
import type { CodeRow, Store } from '../../../database/schema.js';
import type { Clock } from '../../../src/clock.js';

/** A verification that is pending and of which nothing was sent. */
export async function newCode(store: Store, clock: Clock, change: Partial<CodeRow> = {}): Promise<CodeRow> {
  const now = clock.now();
  return await store
    .insertInto('codes')
    .values({
      id: `ver_${randomUUID().replaceAll('-', '').slice(0, 22)}`,
      caller: 'env',
      purpose: 'verification',
      contact: '+201001234567',
      action: null,
      client: null,
      slot: null,
      code: 'sealed',
      code_hash: 'hash',
      proof: 'code',
      user_first: 'auto',
      locale: null,
      route: '["whatsapp"]',
      step: -1,
      step_began_at: null,
      next_step_at: null,
      status: 'pending',
      last_send_at: null,
      created_at: now,
      changed_at: now,
      expires_at: now + 600_000,
      ended_at: null,
      last_problem: null,
      metadata: null,
      return_url: null,
      page_browser: null,
      client_address: null,
      test_until: null,
      ...change,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}
