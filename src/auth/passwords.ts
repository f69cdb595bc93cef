import * as library from '@node-rs/argon2';
import bcrypt from 'bcryptjs';
import { AppError } from '../errors.js';
import { typedPassword } from '../typed/password.js';

/**
 * Argon2id over the password in NFC; imported bcrypt hashes are accepted, and hashes of a password as it was typed. No
 * password is truncated, however long.
 */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** With `stored` null (unknown account) it takes the same time and is false. */
  matches(password: string, stored: string | null): Promise<boolean>;
  /** The hash has an older scheme and should be renewed now that the password is at hand. */
  isOutdated(stored: string): boolean;
  /** A new hash for a matching password if the stored one is outdated or not of its NFC form; else null. */
  renewed(password: string, stored: string): Promise<string | null>;
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
/** Hashing is slow by design; this many at once leave time for everything else. */
const MAX_AT_ONCE = 4;
/** More than this many waiting is an attack or a rush; the rest are told to come back. */
const MAX_WAITING = 200;
const BUSY_RETRY_SECONDS = 2;

/** @param argon2 the library, or a stand-in that records how it is called. */
export function createPasswords(
  argon2: Partial<Pick<typeof library, 'hash' | 'verify'>> = {},
  cost = FULL_COST,
): Passwords {
  const { hash, verify } = { ...library, ...argon2 };
  const options = { algorithm: ARGON2ID, parallelism: 1, ...cost };
  let dummy: Promise<string> | undefined;
  let running = 0;
  const waiting: (() => void)[] = [];

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting.length >= MAX_WAITING) {
      throw new AppError('too_busy', 'Too many sign-ins at the moment. Please try again shortly.', {
        retryAfterSeconds: BUSY_RETRY_SECONDS,
      });
    }
    if (running >= MAX_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }

  const isBcrypt = (stored: string) => /^\$2[aby]\$/.test(stored);

  /** Costs one hash. */
  function isOf(text: string, stored: string | null): Promise<boolean> {
    return inTurn(async () => {
      if (stored === null) {
        dummy ??= hash('nobody has this password', options);
        await verify(await dummy, text);
        return false;
      }
      return isBcrypt(stored) ? await bcrypt.compare(text, stored) : await verify(stored, text);
    });
  }

  const hashed = (password: string) => inTurn(() => hash(typedPassword(password), options));

  return {
    hash: hashed,
    async matches(password, stored) {
      const text = typedPassword(password);
      // How many hashes it takes depends on what was typed, never on whether the account exists.
      return (await isOf(text, stored)) || (text !== password && (await isOf(password, stored)));
    },
    isOutdated: isBcrypt,
    async renewed(password, stored) {
      const text = typedPassword(password);
      const isCurrent = !isBcrypt(stored) && (text === password || (await isOf(text, stored)));
      return isCurrent ? null : await hashed(password);
    },
  };
}
