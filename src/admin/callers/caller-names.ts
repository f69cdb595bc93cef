import { hookCallerId, keyCallerId } from '../../callers/caller.js';
import type { Keys } from '../../callers/keys.js';
import type { Hooks } from '../../hooks/hooks.js';
import { CONTRACTS, contractWords } from './contract-words.js';

/** What the API keys and the hooks that there are were named, by the id of the caller (`key:<id>`, `hook:<id>`). */
export type CallerNames = ReadonlyMap<string, string>;

export const ENVIRONMENT = { value: 'env', label: 'API_KEY' };

export function createCallerNames(deps: {
  keys: Pick<Keys, 'list'>;
  hooks: Pick<Hooks, 'list'>;
}): () => Promise<CallerNames> {
  return async () => {
    const [keys, hooks] = await Promise.all([deps.keys.list(), deps.hooks.list()]);
    return new Map([
      ...keys.map(({ id, name }) => [keyCallerId(id), name] as const),
      ...hooks.map(({ id, name }) => [hookCallerId(id), `${name} (hook)`] as const),
    ]);
  };
}

/** On whose behalf a code was asked for. */
export function callerWords(caller: string, names: CallerNames): string {
  if (caller === ENVIRONMENT.value) return ENVIRONMENT.label;
  const [, kind, name = ''] = /^(key|hook|contract):(.+)$/.exec(caller) ?? [];
  if (kind === 'contract') return contractWords(name);
  const gone = kind === 'key' ? `API key ${name}` : `hook ${name}`;
  return kind === undefined ? caller : (names.get(caller) ?? gone);
}

/** What a list can be filtered by. */
export function callerChoices(names: CallerNames): { value: string; label: string }[] {
  return [
    ENVIRONMENT,
    ...[...names].map(([value, label]) => ({ value, label })),
    ...Object.keys(CONTRACTS).map((name) => ({ value: `contract:${name}`, label: contractWords(name) })),
  ];
}

/** Those of the environment and of the table that have an API key. */
export function keyChoices(names: CallerNames): { value: string; label: string }[] {
  const keys = [...names].filter(([caller]) => caller.startsWith(keyCallerId('')));
  return [ENVIRONMENT, ...keys.map(([value, label]) => ({ value, label }))];
}
