const MAX_CHARACTERS = 1_000;
const PLACES = ['code', 'minutes', 'seconds'];

/**
 * A text with places that are filled in: `{code}` and `{otp}` mean `{{code}}`, with one brace or two; the result has the
 * two-brace names only. `\\n` stands for a new line, for sources that have no other way to write one.
 * @param more places beside code, minutes and seconds.
 */
export function typedTemplate(
  text: string,
  more: readonly string[] = [],
): { template: string } | { problem: string } {
  const places = [...PLACES, ...more];
  if (text.length > MAX_CHARACTERS) return { problem: `must be at most ${MAX_CHARACTERS} characters long` };
  const other = places.filter((place) => place !== 'code').join('|');
  const template = text
    .replace(/\{\{\s*(?:code|otp)\s*\}\}|\{(?:code|otp)\}/gi, '{{code}}')
    .replace(
      new RegExp(String.raw`\{\{\s*(${other})\s*\}\}|\{(${other})\}`, 'gi'),
      (_, two: string | undefined, one: string | undefined) => `{{${(two ?? one ?? '').toLowerCase()}}}`,
    )
    .replaceAll('\\n', '\n');
  if (!template.includes('{{code}}')) return { problem: 'must contain {{code}}, the place of the code' };
  const unknown = new RegExp(String.raw`\{\{(?!(?:${places.join('|')})\}\})\s*\w+\s*\}\}`);
  if (!unknown.test(template)) return { template };
  const named = places.map((place) => `{{${place}}}`);
  return { problem: `must have no other places than ${named.slice(0, -1).join(', ')} and ${named.at(-1)}` };
}
