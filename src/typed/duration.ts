/** `s`, `m`, `h`, `d` in milliseconds. */
export const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_MS = 3_660 * UNIT_MS.d;

/** `30m`, `24h`, `90d` in milliseconds, or null; ten years at most. */
export function typedDuration(text: string): number | null {
  const [, count, unit] = /^(\d{1,9})([mhd])$/i.exec(text.trim()) ?? [];
  if (count === undefined || unit === undefined) return null;
  const ms = Number(count) * UNIT_MS[unit.toLowerCase() as keyof typeof UNIT_MS];
  return ms <= MAX_MS ? ms : null;
}
