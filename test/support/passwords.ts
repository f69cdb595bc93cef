import { createPasswords, type SharedPasswords } from '../../src/auth/passwords/passwords.js';

/** The product's own hashes, at a cost that no test has to pay for; each request counts as another client's. */
export function cheapPasswords(): SharedPasswords {
  const shared = createPasswords({}, { memoryCost: 64, timeCost: 1 });
  let clients = 0;
  return { from: () => shared.from(`client ${++clients}`) };
}
