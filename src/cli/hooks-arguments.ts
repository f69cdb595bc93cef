import type { ParseArgsConfig } from 'node:util';
import { PRESETS } from '../hooks/presets/index.js';
import { asksForHelp, readOptions } from './options.js';
import { UsageError } from './usage.js';

export const HOOKS_HELP = `Hooks: where auth servers hand us the codes that they have made.

  npm run hooks -- create <preset>
  npm run hooks -- list
  npm run hooks -- rotate <id>
  npm run hooks -- disable <id>
  npm run hooks -- enable <id>
  npm run hooks -- remove <id>

create                 prints what to paste where
  <preset>             ${PRESETS.map(({ name }) => name).join(', ')}
  --name "Web shop"    what lists call it (the preset)
  --route whatsapp,sms the channels of its codes to phones (CODE_ROUTE)
  --ttl 300            how long its codes live, in seconds, or 5m (300), where the server does not tell
  --template "…"       what its codes are sent with; {{code}} must be in it (the built-in texts)
  --secret-file <file> the secret that the auth server has made, - for the input
  --to /to --code /code
                       generic only: where its requests have the number and the code (RFC 6901)

rotate                 a second secret beside the first
  --overlap 24h        how long the first goes on working; 0 ends it now (24h)
  --secret-file <file> as above

all
  --json               one line for programs; with npm run -s nothing else is printed

It ends with 0, with 1 when there is no such hook, with 2 when it was typed wrong, and
with 3 when the database cannot be used or there is none yet.
`;

const TEXT = { type: 'string' } as const;
const JSON_OPTION = { json: { type: 'boolean' } } as const;
const OPTIONS = {
  create: {
    ...JSON_OPTION,
    name: TEXT,
    route: TEXT,
    ttl: TEXT,
    template: TEXT,
    to: TEXT,
    code: TEXT,
    'secret-file': TEXT,
  },
  list: JSON_OPTION,
  rotate: { ...JSON_OPTION, overlap: TEXT, 'secret-file': TEXT },
  disable: JSON_OPTION,
  enable: JSON_OPTION,
  remove: JSON_OPTION,
} satisfies Record<string, ParseArgsConfig['options']>;

export interface HooksArguments {
  verb: keyof typeof OPTIONS;
  /** The preset or the id; empty for a list. */
  subject: string;
  option(name: string): string | undefined;
  json: boolean;
}

/** Null: help was asked for. Throws `UsageError`. */
export function readHooksArguments(args: readonly string[]): HooksArguments | null {
  if (asksForHelp(args)) return null;
  const [verb = '', ...rest] = args;
  if (!isVerb(verb)) {
    throw new UsageError(`There is no "${verb}": it is ${Object.keys(OPTIONS).join(', ')}.`);
  }
  const { values, positionals } = readOptions(OPTIONS[verb], rest);
  const wanted = verb === 'list' ? 0 : 1;
  const surplus = positionals[wanted];
  if (surplus !== undefined) throw new UsageError(`"${verb}" takes no "${surplus}".`);
  if (positionals.length < wanted) {
    throw new UsageError(`"${verb}" needs ${verb === 'create' ? 'a preset' : 'the id of a hook'}.`);
  }
  return {
    verb,
    subject: positionals[0] ?? '',
    json: values.json === true,
    option: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
  };
}

function isVerb(text: string): text is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, text);
}
