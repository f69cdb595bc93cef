import * as library from '@node-rs/argon2';
import bcrypt from 'bcryptjs';
import { AppError } from '../errors.js';

/** Argon2id; bcrypt hashes that were brought along are accepted. Nothing is cut off, however long a password is. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` null (unknown account): takes the same time, and is false. */
  matches(password: string, stored: string | null): Promise<boolean>;
  /** Was made by an older scheme: to be hashed anew now that the password is at hand. */
  isOutdated(stored: string): boolean;
}

/** `Algorithm.Argon2id`, a constant that exists for the compiler only. */
const ARGON2ID = 2;
/** OWASP's second choice of parameters: 19 MiB, two passes, one lane. */
const OPTIONS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Hashing is dear on purpose: this many at once leave the rest of the process its share. */
const MOST_AT_ONCE = 4;
/** More than these waiting is an attack or a storm; they are told to come back. */
const MOST_WAITING = 200;
const BUSY_RETRY_SECONDS = 2;

/** @param argon2 the library, or something that tells how it is called. */
export function createPasswords(argon2: Partial<Pick<typeof library, 'hash' | 'verify'>> = {}): Passwords {
  const { hash, verify } = { ...library, ...argon2 };
  let dummy: Promise<string> | undefined;
  let running = 0;
  const waiting: (() => void)[] = [];

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting.length >= MOST_WAITING) {
      throw new AppError('too_busy', 'Too many sign-ins at the moment. Please try again shortly.', {
        retryAfterSeconds: BUSY_RETRY_SECONDS,
      });
    }
    if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
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

  return {
    hash: (password) => inTurn(() => hash(password, OPTIONS)),
    matches(password, stored) {
      return inTurn(async () => {
        if (stored === null) {
          dummy ??= hash('nobody has this password', OPTIONS);
          await verify(await dummy, password);
          return false;
        }
        if (isBcrypt(stored)) return await bcrypt.compare(password, stored);
        return await verify(stored, password);
      });
    },
    isOutdated: isBcrypt,
  };
}
