import { createPasswords } from '../../src/auth/passwords.js';

/** The product's own hashes, at a cost that no test has to pay for. */
export const cheapPasswords = () => createPasswords({}, { memoryCost: 64, timeCost: 1 });
