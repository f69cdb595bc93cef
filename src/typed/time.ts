/** What else `Date.parse` accepts differs between engines. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A day, meaning its beginning in UTC, or a time with a zone, as Unix ms; or null. */
export function typedTime(text: string): number | null {
  if (!ISO_TIME.test(text)) return null;
  const day = text.slice(0, 10);
  const midnight = Date.parse(day);
  // The 31st of February would be parsed as a day in March.
  const exists = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  const at = Date.parse(text);
  return exists && !Number.isNaN(at) ? at : null;
}
