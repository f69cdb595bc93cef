import type { HookRow } from '../../../database/schema.js';

/** A hook as operators see it, without its secrets. Times are Unix ms. */
export interface HookView {
  id: string;
  /** The kind of auth server, by its name on the command line. */
  preset: string;
  name: string;
  state: 'active' | 'disabled';
  /** The channels of its codes to phones; null: those of every code. */
  route: string[] | null;
  /** How long its codes live, where the auth server does not tell. */
  ttlMs: number;
  /** What its codes are sent with; null: the server's own words. */
  template: string | null;
  /** Where its requests have what; null: the preset knows. */
  pointers: { to: string; code: string } | null;
  createdAt: number;
  createdBy: string;
  rotatedAt: number | null;
  /** Until when the former secret also works; null: there is none. */
  formerUntil: number | null;
  disabledAt: number | null;
  lastUsedAt: number | null;
}

export function viewOf(row: HookRow & { template: string | null }, now: number): HookView {
  const { to_pointer: to, code_pointer: code } = row;
  return {
    id: row.id,
    preset: row.preset,
    name: row.name,
    state: row.disabled_at === null ? 'active' : 'disabled',
    route: row.route === null ? null : (JSON.parse(row.route) as string[]),
    ttlMs: row.ttl,
    template: row.template,
    pointers: to === null || code === null ? null : { to, code },
    createdAt: row.created_at,
    createdBy: row.created_by,
    rotatedAt: row.rotated_at,
    formerUntil: row.former_until !== null && row.former_until > now ? row.former_until : null,
    disabledAt: row.disabled_at,
    lastUsedAt: row.last_used_at,
  };
}
