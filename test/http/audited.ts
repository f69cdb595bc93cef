import { expect } from 'vitest';
import { ADMIN, type Gateway } from './harness.js';

/** What the audit log holds beside the login, oldest first. */
export async function auditedActions(gateway: Gateway) {
  const rows = await gateway.store
    .selectFrom('audit_log')
    .select(['actor', 'address', 'action', 'target', 'detail'])
    .where('action', '<>', 'signed_in')
    .orderBy('id')
    .execute();
  return rows.map(({ actor, address, ...what }) => {
    expect([actor, address]).toEqual([ADMIN.username, '127.0.0.1']);
    return what;
  });
}
