import { isoOrNull } from '../clock.js';
import type { ShownHook } from './hooks.js';

/** A hook as programs read it, without its secrets. */
export function hookJson(hook: ShownHook) {
  return {
    id: hook.id,
    preset: hook.preset,
    name: hook.name,
    url: hook.url,
    state: hook.state,
    route: hook.route,
    ttlSeconds: hook.ttlMs / 1_000,
    template: hook.template,
    pointers: hook.pointers,
    createdAt: isoOrNull(hook.createdAt),
    createdBy: hook.createdBy,
    rotatedAt: isoOrNull(hook.rotatedAt),
    formerUntil: isoOrNull(hook.formerUntil),
    disabledAt: isoOrNull(hook.disabledAt),
    lastUsedAt: isoOrNull(hook.lastUsedAt),
  };
}
