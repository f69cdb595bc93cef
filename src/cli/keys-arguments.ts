import { type ParseArgsConfig, parseArgs } from 'node:util';
import { SCOPES } from '../callers/scopes.js';
import { UsageError } from './usage.js';

export const KEYS_HELP = `API keys: who may ask, for what, from where, and how much.

  npm run keys -- create <name> --scopes otp:send,otp:read
  npm run keys -- list
  npm run keys -- rotate <id>
  npm run keys -- revoke <id>

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

rotate
  --overlap 24h        how long the current secret goes on working; 0 ends it now (24h)

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
  },
  list: JSON_OPTION,
  rotate: { ...JSON_OPTION, overlap: TEXT },
  revoke: JSON_OPTION,
} satisfies Record<string, ParseArgsConfig['options']>;

/** What follows the verb. */
const SUBJECT = { create: 'a name', list: null, rotate: 'the id of a key', revoke: 'the id of a key' };

export interface KeysArguments {
  verb: keyof typeof OPTIONS;
  /** The name or the id; empty for a list. */
  subject: string;
  option(name: string): string | undefined;
  json: boolean;
}

/** Null: help was asked for. Throws `UsageError`. */
export function readKeysArguments(args: readonly string[]): KeysArguments | null {
  const [verb = 'help', ...rest] = args;
  if (['help', '--help', '-h'].includes(verb) || rest.some((arg) => ['--help', '-h'].includes(arg)))
    return null;
  if (!isVerb(verb)) throw new UsageError(`There is no "${verb}": it is create, list, rotate or revoke.`);
  const { values, positionals } = parse(verb, rest);
  const wanted = SUBJECT[verb];
  const [subject = '', more] = positionals;
  if (wanted === null && positionals.length > 0) throw new UsageError(`"${verb}" takes no "${subject}".`);
  if (wanted !== null && subject === '') throw new UsageError(`"${verb}" needs ${wanted}.`);
  if (more !== undefined) {
    throw new UsageError(`"${verb}" takes ${wanted} alone, not "${more}"; put quotes around several words.`);
  }
  return {
    verb,
    subject,
    json: values.json === true,
    option: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
  };
}

function isVerb(text: string): text is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, text);
}

function parse(verb: keyof typeof OPTIONS, args: string[]) {
  const options: ParseArgsConfig['options'] = OPTIONS[verb];
  try {
    const { values, positionals, tokens } = parseArgs({
      args,
      options,
      allowPositionals: true,
      tokens: true,
    });
    const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new UsageError(`"--${twice}" may be given once.`);
    return { values: values as Record<string, unknown>, positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const [sentence = ''] = error instanceof Error ? error.message.split(/\.\s|\n/) : [];
    throw new UsageError(`${sentence}.`);
  }
}
