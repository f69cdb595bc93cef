/** Whether a text is a JSON pointer (RFC 6901): empty, or `/` before each name, with `~0` for `~` and `~1` for `/`. */
export function isPointer(text: string): boolean {
  return /^(?:\/(?:[^/~]|~[01])*)*$/.test(text);
}

/** What stands there; undefined: nothing. */
export function at(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(name)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** A text that stands there, or a number as a text; empty: neither. */
export function textAt(document: unknown, pointer: string): string {
  const value = at(document, pointer);
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}
