import type { HookStore } from '../callers/hooks/hook-store.js';
import type { HookView } from '../callers/hooks/hook-view.js';
import { readOverlap } from '../callers/key-order.js';
import type { Operator } from '../callers/keys.js';
import { AppError } from '../errors.js';
import { isBlank } from '../typed/invisible.js';
import { readHookOrder, readNextSecret, readSecret, type TypedHook } from './hook-order.js';
import { presetNamed } from './presets/index.js';

/** A hook as operators see it, with its address. */
export interface ShownHook extends HookView {
  /** The auth server, as people know it. */
  title: string;
  /** What the auth server calls. */
  url: string;
}

/** A hook with a new secret, which cannot be read again. */
export interface HookWithSecret {
  hook: ShownHook;
  secret: string;
  /** It is of no use to anybody: the auth server makes its own, which has not been handed over. */
  isStandIn: boolean;
  /** The value of the `Authorization` header, where the preset uses one; else null. */
  authorization: string | null;
  /** What to paste where, a line each. */
  setup: string[];
}

/**
 * What operators do with hooks, in the dashboard and on the command line. All of it rejects with hook_unknown (404) for an
 * id that there is not, and with bad_request and a sentence for whoever typed it.
 */
export interface Hooks {
  create(typed: TypedHook, by: Operator): Promise<HookWithSecret>;
  /** Those that work first, and among equals the newest first. */
  list(): Promise<ShownHook[]>;
  find(id: string): Promise<ShownHook>;
  /**
   * A second secret beside the first, which goes on working for `overlap` (`24h` by default, `0`: it ends now).
   * @param typed.secret as in `TypedHook`.
   */
  rotate(id: string, typed: { secret?: unknown; overlap?: unknown }, by: Operator): Promise<HookWithSecret>;
  /** A disabled hook refuses everything. */
  setDisabled(id: string, disabled: boolean, by: Operator): Promise<ShownHook>;
  /** Nothing is left of it but its jobs. */
  remove(id: string, by: Operator): Promise<ShownHook>;
}

/** @param deps.publicUrl where this server is reached, without a trailing slash. */
export function createHooks(deps: { rows: HookStore; publicUrl(): string }): Hooks {
  const { rows, publicUrl } = deps;

  const shown = (view: HookView): ShownHook => ({
    ...view,
    title: presetNamed(view.preset)?.title ?? view.preset,
    url: `${publicUrl()}/hooks/${view.id}`,
  });

  function withSecret(view: HookView, secret: string): HookWithSecret {
    const hook = shown(view);
    const preset = presetNamed(view.preset);
    const authorization = preset?.authentication.authorization?.(secret) ?? null;
    const setup = preset?.setup({ url: hook.url, secret, authorization }) ?? [];
    return { hook, secret, isStandIn: false, authorization, setup };
  }

  return {
    async create(typed, by) {
      const { order, preset } = readHookOrder(typed);
      const secret = readSecret(preset, typed.secret);
      const made = withSecret(await rows.create(order, secret, by), secret);
      return { ...made, isStandIn: preset.secretMadeBy === 'them' && isBlank(typed.secret) };
    },

    list: async () => (await rows.list()).map(shown),
    find: async (id) => shown(await rows.find(id)),

    async rotate(id, typed, by) {
      const overlapMs = readOverlap(typed.overlap);
      const preset = presetNamed((await rows.find(id)).preset);
      if (!preset) throw new AppError('bad_request', 'This version does not know the preset of this hook.');
      const secret = readNextSecret(preset, typed.secret);
      return withSecret(await rows.rotate(id, secret, overlapMs, by), secret);
    },

    setDisabled: async (id, disabled, by) => shown(await rows.setDisabled(id, disabled, by)),
    remove: async (id, by) => shown(await rows.remove(id, by)),
  };
}
