import { readFileSync } from 'node:fs';
import type { Operator } from '../callers/keys.js';
import { isoOrNull } from '../clock.js';
import { hookJson } from '../hooks/hook-json.js';
import { readHookOrder, readSecret } from '../hooks/hook-order.js';
import type { Hooks } from '../hooks/hooks.js';
import type { HooksArguments } from './hooks-arguments.js';
import { hookListText, hookSecretJson, hookSecretText } from './hooks-output.js';
import type { Said } from './said.js';
import { UsageError } from './usage.js';

type Command = (hooks: Hooks, by: Operator) => Promise<Said>;

const STDIN = 0;

/** Every verb of `hooks`. Mistakes in what was typed are reported before anything is opened. */
export function hooksCommand({ verb, subject, option }: HooksArguments): Command {
  const secret = secretIn(option('secret-file'));
  switch (verb) {
    case 'create': {
      const typed = {
        preset: subject,
        name: option('name'),
        route: option('route'),
        ttl: option('ttl'),
        template: option('template'),
        to: option('to'),
        code: option('code'),
        secret,
      };
      readSecret(readHookOrder(typed).preset, secret);
      return async (hooks, by) => {
        const made = await hooks.create(typed, by);
        const sentence = `The hook "${made.hook.name}" is created.`;
        return { text: hookSecretText(sentence, made), json: hookSecretJson(made) };
      };
    }
    case 'list':
      return async (hooks) => {
        const list = await hooks.list();
        return { text: hookListText(list), json: list.map(hookJson) };
      };
    case 'rotate':
      return async (hooks, by) => {
        const made = await hooks.rotate(subject, { secret, overlap: option('overlap') }, by);
        const sentence = `The hook "${made.hook.name}" has a new secret.`;
        const formerUntil = isoOrNull(made.hook.formerUntil);
        return { text: hookSecretText(sentence, made), json: { ...hookSecretJson(made), formerUntil } };
      };
    case 'disable':
    case 'enable':
      return async (hooks, by) => {
        const hook = await hooks.setDisabled(subject, verb === 'disable', by);
        const text = `The hook "${hook.name}" (${hook.id}) is ${verb}d.`;
        return { text, json: { id: hook.id, state: hook.state } };
      };
    case 'remove':
      return async (hooks, by) => {
        const { id, name } = await hooks.remove(subject, by);
        return { text: `The hook "${name}" (${id}) is removed.`, json: { id } };
      };
  }
}

/** What somebody else has made: never on the command line, where others could read it. */
function secretIn(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file === '-' ? STDIN : file, 'utf8');
  } catch {
    throw new UsageError(`The file of the secret cannot be read: ${file}.`);
  }
}
