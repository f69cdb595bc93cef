import { inUtc } from '../clock.js';
import type { HookWithSecret, ShownHook } from '../hooks/hooks.js';
import { aligned } from './aligned.js';

/** The output for people, and for programs. */

const HEADINGS = ['NAME', 'ID', 'PRESET', 'STATE', 'LAST USE', 'URL'];

export function hookListText(hooks: readonly ShownHook[]): string {
  if (hooks.length === 0) return 'There is no hook yet. Create one: npm run hooks -- create <preset>';
  const rows = hooks.map((hook) => [
    hook.name,
    hook.id,
    hook.preset,
    hook.formerUntil === null
      ? hook.state
      : `${hook.state}, previous secret until ${inUtc(hook.formerUntil)}`,
    hook.lastUsedAt === null ? 'never' : inUtc(hook.lastUsedAt),
    hook.url,
  ]);
  return aligned([HEADINGS, ...rows]);
}

/** The only time that a secret is printed. @param sentence what has happened. */
export function hookSecretText(sentence: string, { hook, secret, isStandIn, setup }: HookWithSecret): string {
  const until = hook.formerUntil === null ? '' : ` The former one works until ${inUtc(hook.formerUntil)}.`;
  const shown = isStandIn ? [] : [`  Secret: ${secret}`, '', `You will not see the secret again.${until}`];
  return [sentence, '', `  Id:     ${hook.id}`, ...shown, '', ...setup].join('\n');
}

/** With the secret also where the auth server usually makes it: a program may hand it over there. */
export function hookSecretJson({ hook, secret, authorization }: HookWithSecret) {
  return {
    id: hook.id,
    url: hook.url,
    secret,
    ...(authorization !== null && { authorization }),
  };
}
