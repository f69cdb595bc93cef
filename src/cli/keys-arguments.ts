import type { ParseArgsConfig } from 'node:util';
import { SCOPES } from '../callers/scopes.js';
import { asksForHelp, readOptions } from './options.js';
import { UsageError } from './usage.js';

export const KEYS_HELP = `API keys: who may ask, for what, from where, and how much.

  npm run keys -- create <name> --scopes otp:send,otp:read
  npm run keys -- list
  npm run keys -- rotate <id>
  npm run keys -- revoke <id>
  npm run keys -- test-number <id> <to> <code> <until>
  npm run keys -- return-urls <id> https://app.example.com/signed-up,…
  npm run keys -- sms <id> allow|refuse
  npm run keys -- text <id> <language> <text>

create
  --scopes a,b         what it may do: ${SCOPES.slice(0, 4).join(', ')},
                       ${SCOPES.slice(4).join(', ')}
  --expires 90d        when it ends, also 12h or 2027-01-31 (never)
  --allowed-ips 192.0.2.0/24
                       addresses and networks that may use it, with commas (any)
  --per-minute 60      requests a minute (as many as the server takes)
  --codes-per-minute 10, --codes-per-hour 100, --per-day 1000
                       codes, started verifications and resends (the same)
  --per-country EG=100,*=10
                       codes a day to one country; * stands for every other
  --return-urls https://app.example.com/signed-up
                       where pages of its verifications may lead back to, with commas
  --refuse-sms         Twilio's clients get 60223 for sms and call, whatever is set up here

rotate
  --overlap 24h        how long the current secret goes on working; 0 ends it now (24h)

test-number            a contact whose verifications have this code, and to which nothing is sent
  <until>              30d, 12h or 2027-01-31; from then on it is a contact like any other
  --in-production yes  whether all of the key's also work in production: yes or no (no)
  --remove             forget it: test-number <id> <to> --remove

return-urls            replaces the list; "none" empties it

sms                    as --refuse-sms, for a key that there is

text                   what its verifications are sent with, instead of the built-in text
  <language>           such as ar or pt-BR; "*" for everybody whose language was not named
  <text>               {{code}} must be in it; {{app}}, {{action}}, {{minutes}} and {{seconds}} may
  --remove             back to the built-in text: text <id> <language> --remove

all
  --json               one line for programs; with npm run -s nothing else is printed

It ends with 0, with 1 when there is no such key or it is revoked, with 2 when it was
typed wrong, and with 3 when the database cannot be used or there is none yet.
`;

const TEXT = { type: 'string' } as const;
const JSON_OPTION = { json: { type: 'boolean' } } as const;
const OPTIONS = {
  create: {
    ...JSON_OPTION,
    scopes: TEXT,
    expires: TEXT,
    'allowed-ips': TEXT,
    'per-minute': TEXT,
    'codes-per-minute': TEXT,
    'codes-per-hour': TEXT,
    'per-day': TEXT,
    'per-country': TEXT,
    'return-urls': TEXT,
    'refuse-sms': { type: 'boolean' },
  },
  list: JSON_OPTION,
  rotate: { ...JSON_OPTION, overlap: TEXT },
  revoke: JSON_OPTION,
  'test-number': { ...JSON_OPTION, 'in-production': TEXT, remove: { type: 'boolean' } },
  'return-urls': JSON_OPTION,
  sms: JSON_OPTION,
  text: { ...JSON_OPTION, remove: { type: 'boolean' } },
} satisfies Record<string, ParseArgsConfig['options']>;

/** What follows the verb. */
const SUBJECT = {
  create: 'a name',
  list: null,
  rotate: 'the id of a key',
  revoke: 'the id of a key',
  'test-number': 'the id of a key',
  'return-urls': 'the id of a key',
  sms: 'the id of a key',
  text: 'the id of a key',
};
/** How many words may follow the subject. */
const MORE_WORDS: Partial<Record<keyof typeof OPTIONS, number>> = {
  'test-number': 3,
  'return-urls': 1,
  sms: 1,
  text: 2,
};

export interface KeysArguments {
  verb: keyof typeof OPTIONS;
  /** The name or the id; empty for a list. */
  subject: string;
  /** What follows the subject. */
  words: string[];
  option(name: string): string | undefined;
  /** An option without a value was given. */
  has(name: string): boolean;
  json: boolean;
}

/** Null: help was asked for. Throws `UsageError`. */
export function readKeysArguments(args: readonly string[]): KeysArguments | null {
  const [verb = 'help', ...rest] = args;
  if (asksForHelp(args)) return null;
  if (!isVerb(verb))
    throw new UsageError(
      `There is no "${verb}": it is create, list, rotate, revoke, test-number, return-urls, sms or text.`,
    );
  const { values, positionals } = readOptions(OPTIONS[verb], rest);
  const wanted = SUBJECT[verb];
  const [subject = '', ...words] = positionals;
  const more = words[MORE_WORDS[verb] ?? 0];
  if (wanted === null && positionals.length > 0) throw new UsageError(`"${verb}" takes no "${subject}".`);
  if (wanted !== null && subject === '') throw new UsageError(`"${verb}" needs ${wanted}.`);
  if (more !== undefined) {
    throw new UsageError(`"${verb}" takes ${wanted} alone, not "${more}"; put quotes around several words.`);
  }
  return {
    verb,
    subject,
    words,
    has: (name) => values[name] === true,
    json: values.json === true,
    option: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
  };
}

function isVerb(text: string): text is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, text);
}
