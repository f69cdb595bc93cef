import type { ContactKeys } from '../contact-keys.js';

export interface Account {
  id: string;
  phone: string | null;
  email: string | null;
}

/** Under what the wrong passwords of an account are counted, and its wrong codes. */
export function countedUnder({ id, phone, email }: Account, keys: Pick<ContactKeys, 'of'>) {
  const codes = [id];
  if (phone !== null) codes.push(keys.of({ kind: 'phone', value: phone }));
  if (email !== null) codes.push(keys.of({ kind: 'email', value: email }));
  return { passwords: email ?? id, codes };
}
