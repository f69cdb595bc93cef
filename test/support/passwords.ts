import { createPasswords, type SharedPasswords } from '../../src/auth/passwords/passwords.js';

/** The product's own hashes, at a cost that no test has to pay for; each request counts as another client's. */
export function cheapPasswords(): SharedPasswords {
  const shared = createPasswords({}, { memoryCost: 64, timeCost: 1 });
  let clients = 0;
  return { from: () => shared.from(`client ${++clients}`) };
}

/** Cheap ones that tell how often a password is compared with a hash, or with the one that stands in for a missing one. */
export function countedPasswords(onCompared: () => void): SharedPasswords {
  const cheap = cheapPasswords();
  return {
    from(address) {
      const own = cheap.from(address);
      const matches: typeof own.matches = (...given) => {
        onCompared();
        return own.matches(...given);
      };
      return { ...own, matches };
    },
  };
}
