import type { Insertable } from 'kysely';
import type { CodeAttemptRow, Store, Tables } from '../../database/schema.js';

type NewCode = Insertable<Tables['codes']>;

const AT = Date.parse('2026-01-01T00:00:00Z');

/** A verification as its row, over WhatsApp and then SMS, unless told otherwise. */
export function storedCode(fields: Partial<NewCode> = {}): NewCode {
  return {
    id: 'ver_AAAAAAAAAAAAAAAAAAAAAA',
    caller: 'env',
    purpose: 'verification',
    contact: '+201001234567',
    action: null,
    client: null,
    slot: null,
    code: 'sealed-918273',
    code_hash: 'hash-918273',
    proof: 'code',
    user_first: 'auto',
    locale: null,
    route: '["whatsapp","sms"]',
    step: 0,
    step_began_at: AT,
    next_step_at: null,
    status: 'pending',
    tries: 0,
    sends: 1,
    last_send_at: AT,
    created_at: AT,
    changed_at: AT,
    expires_at: AT + 600_000,
    ended_at: null,
    last_problem: null,
    metadata: '{"order":"secret-order"}',
    return_url: null,
    page_browser: null,
    client_address: '203.0.113.7',
    test_until: null,
    ...fields,
  };
}

type StoredAttempt = Partial<Omit<CodeAttemptRow, 'id' | 'code_id' | 'place'>>;

/** Stores it with its attempts, in their order. */
export async function addCode(store: Store, row: NewCode, attempts: StoredAttempt[] = []): Promise<void> {
  await store.insertInto('codes').values(row).execute();
  for (const [index, attempt] of attempts.entries()) {
    const place = index + 1;
    await store
      .insertInto('code_attempts')
      .values({
        id: `${row.id}-${place}`,
        code_id: row.id,
        place,
        channel: 'whatsapp',
        cause: 'start',
        job_id: null,
        at: row.created_at,
        error: null,
        ...attempt,
      })
      .execute();
  }
}
