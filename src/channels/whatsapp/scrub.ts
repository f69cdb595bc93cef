/**
 * Makes a sentence from a library safe to log: Baileys and its parsers quote phone numbers, keys, QR strings and parts of
 * whatever they could not read.
 */
export function scrub(text: string): string {
  return text
    .replace(/https?:\/\/\S+/gi, '[url]')
    .replace(/(["`])(?:(?!\1).)*\1/gs, '[quoted]')
    .replace(/\b(?:3EB0|BAE5)[0-9A-F]{8,}\b/gi, '[message]')
    .replace(/[\w+/=-]{24,}/g, '[data]')
    .replace(/\d{4,}/g, '[digits]')
    .slice(0, 300);
}

/** What may be logged about an error from Baileys: its code and a scrubbed sentence. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return scrub(String(error));
  const code = codeOf(error);
  return scrub(code === null ? error.message : `${code} ${error.message}`);
}

/** The status code that Baileys attaches to its errors (as Boom does); null for any other error. */
export function codeOf(error: unknown): number | null {
  const output = (error as { output?: { statusCode?: unknown } } | null | undefined)?.output;
  return typeof output?.statusCode === 'number' ? output.statusCode : null;
}
