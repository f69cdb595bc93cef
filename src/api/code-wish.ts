import { AppError } from '../errors.js';
import { ownField } from '../http/answer.js';
import { type CodeWish, OTP_DIGITS, TTL_SECONDS } from '../otp/request.js';
import { MAX_CHANNELS } from '../otp/route/route.js';
import { parseLocale } from '../otp/texts/languages.js';

/** What else `/api/v1/otp/send` takes, by field; null is as if it were left out. */
export type WishReader = (body: unknown) => CodeWish;

/** @param reaches whether a channel is set up, and sends to phones. */
export function createWishReader(reaches: (channel: string) => boolean): WishReader {
  return (body) => {
    const route = read(body, 'route', routeIn(reaches));
    const locale = read(body, 'locale', localeIn);
    const ttlMs = read(body, 'ttlSeconds', ttlIn);
    const otp = read(body, 'otp', otpIn);
    return {
      ...(route !== undefined && { route }),
      ...(locale !== undefined && { locale }),
      ...(ttlMs !== undefined && { ttlMs }),
      ...(otp !== undefined && { otp }),
    };
  };
}

/** @param parse returns what a field must be when it is not. */
function read<T>(body: unknown, name: string, parse: (given: unknown) => T | Fault): T | undefined {
  const given = ownField(body, name);
  if (given === undefined || given === null) return undefined;
  const parsed = parse(given);
  if (parsed instanceof Fault) throw new AppError('bad_request', `Bad Request: "${name}" ${parsed.says}.`);
  return parsed;
}

class Fault {
  constructor(readonly says: string) {}
}

function routeIn(reaches: (channel: string) => boolean) {
  return (given: unknown): string[] | Fault => {
    const isList = Array.isArray(given) && given.length > 0 && given.length <= MAX_CHANNELS;
    if (!isList || !given.every((each) => typeof each === 'string')) {
      return new Fault(`must be a list of one to ${MAX_CHANNELS} channels`);
    }
    if (new Set(given).size < given.length) return new Fault('must name each channel once');
    if (!given.every(reaches)) return new Fault('names a channel that is not set up for phone numbers');
    return given;
  };
}

function localeIn(given: unknown): string | Fault {
  const locale = typeof given === 'string' ? parseLocale(given) : null;
  return locale ?? new Fault('must be a language tag (BCP 47), such as en or pt-BR');
}

function ttlIn(given: unknown): number | Fault {
  const [least, most] = TTL_SECONDS;
  const isOne = typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most;
  return isOne ? given * 1_000 : new Fault(`must be a whole number from ${least} to ${most}`);
}

function otpIn(given: unknown): string | Fault {
  const isOne = typeof given === 'string' && OTP_DIGITS.test(given);
  return isOne ? given : new Fault('must be a text of 4 to 10 digits');
}
