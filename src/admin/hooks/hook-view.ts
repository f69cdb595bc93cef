import { hookCallerId } from '../../callers/caller.js';
import { hookJson } from '../../hooks/hook-json.js';
import type { ShownHook } from '../../hooks/hooks.js';
import { PRESETS, presetNamed } from '../../hooks/presets/index.js';
import { badge } from '../badges.js';
import { durationWords } from '../durations.js';
import { channelName } from '../jobs/reason-words.js';

const PATH = '/admin/integrations/hooks';

/** The auth servers that a hook can be for, each with the way to its form. */
export const PRESET_LINKS = PRESETS.map(({ name, title }) => ({
  name,
  title,
  href: `${PATH}/new?preset=${encodeURIComponent(name)}`,
}));

/** What the form for a new hook asks for; null: there is no such preset. */
export function presetForm(name: string) {
  const preset = presetNamed(name);
  if (!preset) return null;
  const { title, hasPointers, secretMadeBy } = preset;
  return { name: preset.name, title, hasPointers, asksForSecret: secretMadeBy === 'them' };
}

/** A line of the list. */
export function hookRow(hook: ShownHook) {
  return {
    ...hookJson(hook),
    title: hook.title,
    badge: badge(hook.state),
    href: `${PATH}/${encodeURIComponent(hook.id)}`,
  };
}

/** The same hook on its own page. */
export function hookPage(hook: ShownHook) {
  return {
    ...hookRow(hook),
    api: `/admin/api/integrations/hooks/${encodeURIComponent(hook.id)}`,
    isActive: hook.state === 'active',
    life: durationWords(hook.ttlMs),
    way: hook.route?.map(channelName).join(', then ') ?? 'that of every code (CODE_ROUTE)',
    jobsHref: `/admin/jobs?caller=${encodeURIComponent(hookCallerId(hook.id))}`,
    asksForSecret: presetNamed(hook.preset)?.secretMadeBy === 'them',
  };
}
