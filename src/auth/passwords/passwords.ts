import * as library from '@node-rs/argon2';
import bcrypt from 'bcryptjs';
import { typedPassword } from '../../typed/password.js';
import { createTurns } from './turns.js';

/**
 * Argon2id over the password in NFC; imported bcrypt hashes are accepted, and hashes of a password as it was typed. No
 * password is truncated, however long.
 */
export interface Passwords {
  /** Rejects with too_busy, as `matches` does. */
  hash(password: string): Promise<string>;
  /**
   * With `stored` null (unknown account) it takes the same time and is false.
   * @param beside a bcrypt hash, if there are any: then what a hash of the other scheme costs is paid as well, so that the
   *   time does not tell which one the account has, or that there is none.
   */
  matches(password: string, stored: string | null, beside?: string | null): Promise<boolean>;
  /** The hash has an older scheme and should be renewed now that the password is at hand. */
  isOutdated(stored: string): boolean;
  /** After `matches`: a new hash for the password if the stored one is outdated or not of its NFC form; else null. */
  renewed(password: string, stored: string): Promise<string | null>;
}

/** What all clients share: hashing is done a few at a time, and in turn. */
export interface SharedPasswords {
  /** For one client. @param address its network address (IPv6: its network): every address has its own turns. */
  from(address: string): Passwords;
}

/** `Algorithm.Argon2id`, a constant that exists only for the compiler. */
const ARGON2ID = 2;
/** What one hash costs: KiB, and passes over them. */
export interface HashCost {
  memoryCost: number;
  timeCost: number;
}

/** OWASP's second choice of parameters, with one lane. */
const FULL_COST: HashCost = { memoryCost: 19_456, timeCost: 2 };

/** @param argon2 the library, or a stand-in that records how it is called. */
export function createPasswords(
  argon2: Partial<Pick<typeof library, 'hash' | 'verify'>> = {},
  cost = FULL_COST,
): SharedPasswords {
  const { hash, verify } = { ...library, ...argon2 };
  const options = { algorithm: ARGON2ID, parallelism: 1, ...cost };
  const turns = createTurns();
  let dummy: Promise<string> | undefined;

  const isBcrypt = (stored: string) => /^\$2[aby]\$/.test(stored);

  async function isOf(text: string, stored: string | null, beside: string | null): Promise<boolean> {
    // Made for whoever comes first, known or not: it takes as long as a comparison.
    dummy ??= hash('nobody has this password', options).catch((error: unknown) => {
      dummy = undefined;
      throw error;
    });
    const nobodys = await dummy;
    if (stored !== null && isBcrypt(stored)) {
      if (beside !== null) await verify(nobodys, text);
      return await bcrypt.compare(text, stored);
    }
    if (beside !== null) await bcrypt.compare(text, beside);
    return (await verify(stored ?? nobodys, text)) && stored !== null;
  }

  return {
    from(address) {
      /** Each costs one hash, or one of each scheme. */
      const check = (text: string, stored: string | null, begun = false, beside: string | null = null) =>
        turns.take(address, () => isOf(text, stored, beside), { begun });
      const hashed = (password: string, begun = false) =>
        turns.take(address, () => hash(typedPassword(password), options), { begun });

      return {
        hash: (password) => hashed(password),
        async matches(password, stored, beside = null) {
          const text = typedPassword(password);
          // How many hashes it takes depends on what was typed, never on whether the account exists.
          if (await check(text, stored, false, beside)) return true;
          return text !== password && (await check(password, stored, true, beside));
        },
        isOutdated: isBcrypt,
        async renewed(password, stored) {
          const text = typedPassword(password);
          const isCurrent = !isBcrypt(stored) && (text === password || (await check(text, stored, true)));
          return isCurrent ? null : await hashed(password, true);
        },
      };
    },
  };
}
