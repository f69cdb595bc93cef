/** What lies at a path like `messages.0.status` in parsed JSON; undefined: nothing. Own fields only. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((found, name) => {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    return (found as Record<string, unknown>)[name];
  }, value);
}

/** The same as text, if it is a text, a number or a truth value. */
export function textAt(value: unknown, path: string): string | undefined {
  const found = at(value, path);
  return ['string', 'number', 'boolean'].includes(typeof found) ? String(found) : undefined;
}

/** Parsed JSON; undefined for anything else. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
