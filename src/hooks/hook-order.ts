import type { HookOrder } from '../callers/hooks/hook-store.js';
import { AppError } from '../errors.js';
import { TTL_SECONDS } from '../otp/request.js';
import { MAX_CHANNELS } from '../otp/route/route.js';
import { typedDuration } from '../typed/duration.js';
import { isBlank } from '../typed/invisible.js';
import { typedTemplate } from '../typed/message-template.js';
import { typedName } from '../typed/name.js';
import { wholeNumber } from '../typed/whole-number.js';
import { isPointer } from './pointer.js';
import type { Preset } from './preset.js';
import { PRESETS, presetNamed } from './presets/index.js';

/** A new hook as people type it; blank means left out. */
export interface TypedHook {
  /** The name of one of `PRESETS`. */
  preset: unknown;
  /** By default the title of the preset. */
  name?: unknown;
  /** `whatsapp,sms`; by default CODE_ROUTE. */
  route?: unknown;
  /** How long codes live: `300` (seconds) or `5m`, which is the default. */
  ttl?: unknown;
  /** Instead of the server's words, with `{{code}}` in it. */
  template?: unknown;
  /** JSON pointers, `/to` and `/code` by default; only for a preset with `hasPointers`. */
  to?: unknown;
  code?: unknown;
  /** What the auth server has made; left out: one is made here. */
  secret?: unknown;
}

const MAX_NAME = 64;
const DEFAULT_TTL_SECONDS = 300;
/** What can be in a route to a phone, set up or not. */
const TO_PHONES = ['whatsapp', 'sms'];

/** Throws bad_request with a sentence for whoever typed it. */
export function readHookOrder(typed: TypedHook): { order: HookOrder; preset: Preset } {
  const preset = readPreset(typed.preset);
  const order = {
    preset: preset.name,
    name: readName(typed.name) ?? preset.title,
    route: readRoute(typed.route),
    ttlMs: readTtl(typed.ttl),
    template: readTemplate(typed.template),
    pointers: readPointers(typed, preset),
  };
  return { order, preset };
}

/**
 * The secret that is stored: made here, unless somebody else made one. A server that makes its own may do so only once it
 * knows the address of the hook; until its secret is there, everything is refused. Throws like `readHookOrder`.
 */
export function readSecret({ authentication, title }: Preset, typed: unknown): string {
  if (isBlank(typed)) return authentication.newSecret();
  const secret = authentication.readSecret(textOf('secret', typed));
  if (secret === null) throw bad(`This is no secret that ${title} could have made.`);
  return secret;
}

/** The one that takes the place of another. Throws like `readSecret`, and when only the server can make it. */
export function readNextSecret(preset: Preset, typed: unknown): string {
  if (preset.secretMadeBy === 'us' || !isBlank(typed)) return readSecret(preset, typed);
  throw bad(
    `${preset.title} makes the secret itself: give it in a file (--secret-file), or - for the input.`,
  );
}

function readPreset(typed: unknown): Preset {
  const name = textOf('preset', typed).trim().toLowerCase();
  const preset = presetNamed(name);
  if (preset) return preset;
  throw bad(`There is no preset "${name}": it is ${PRESETS.map((each) => each.name).join(', ')}.`);
}

function readName(typed: unknown): string | null {
  if (isBlank(typed)) return null;
  const name = typedName(textOf('name', typed).replace(/\p{Cc}/gu, ' '));
  if ([...name].length > MAX_NAME) throw bad(`The name must have at most ${MAX_NAME} characters.`);
  return name === '' ? null : name;
}

function readRoute(typed: unknown): string[] | null {
  if (isBlank(typed)) return null;
  const words = textOf('route', typed)
    .toLowerCase()
    .split(/[\s,]+/);
  const route = words.filter((word) => word !== '');
  const unknown = route.find((word) => !TO_PHONES.includes(word));
  if (unknown !== undefined) {
    throw bad(`A route to phones has no "${unknown}", only ${TO_PHONES.join(', ')}; addresses take e-mail.`);
  }
  if (new Set(route).size < route.length || route.length > MAX_CHANNELS) {
    throw bad('A route names each channel once.');
  }
  return route;
}

function readTtl(typed: unknown): number {
  if (isBlank(typed)) return DEFAULT_TTL_SECONDS * 1_000;
  const [least, most] = TTL_SECONDS;
  const text = textOf('life of codes', typed).trim();
  const ms = typedDuration(text) ?? (wholeNumber(text) ?? Number.NaN) * 1_000;
  if (ms >= least * 1_000 && ms <= most * 1_000) return ms;
  throw bad(`Codes live from ${least} to ${most} seconds, not "${text}": such as 300 or 5m.`);
}

function readTemplate(typed: unknown): string | null {
  if (isBlank(typed)) return null;
  const read = typedTemplate(textOf('text', typed).trim(), ['app', 'action']);
  if ('problem' in read) throw bad(`The text ${read.problem}.`);
  return read.template;
}

function readPointers({ to, code }: TypedHook, preset: Preset): HookOrder['pointers'] {
  if (!preset.hasPointers) {
    if (isBlank(to) && isBlank(code)) return null;
    throw bad(`The preset ${preset.name} knows where its requests have what: only generic takes pointers.`);
  }
  return { to: readPointer('to', to), code: readPointer('code', code) };
}

function readPointer(name: 'to' | 'code', typed: unknown): string {
  if (isBlank(typed)) return `/${name}`;
  const pointer = textOf(name, typed).trim();
  if (pointer !== '' && isPointer(pointer) && pointer.length <= 200) return pointer;
  throw bad(`"${pointer}" is no JSON pointer (RFC 6901) such as /user/phone.`);
}

function textOf(name: string, typed: unknown): string {
  if (typeof typed === 'string') return typed;
  throw bad(`The ${name} must be a text.`);
}

function bad(sentence: string): AppError {
  return new AppError('bad_request', sentence);
}
