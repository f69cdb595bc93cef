import { readFileSync } from 'node:fs';
import type { HookRequest } from '../../src/hooks/preset.js';

/** A body as an auth server sent it, of `fixtures/`. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url));
}

/** The same as a preset gets it. */
export function requestOf(raw: Buffer, pointers = { to: '/to', code: '/code' }): HookRequest {
  return { raw, body: JSON.parse(raw.toString()), pointers };
}

/** The same with another value at a place: `changed(body, ['sms', 'phone'], '')`. */
export function changed(raw: Buffer, path: readonly string[], value: unknown): Buffer {
  const body = JSON.parse(raw.toString()) as Record<string, unknown>;
  let part = body;
  for (const name of path.slice(0, -1)) part = part[name] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete part[last];
  else part[last] = value;
  return Buffer.from(JSON.stringify(body));
}
