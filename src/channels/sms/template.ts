/** What stands for `{name}` in a template. */
export type Places = Readonly<Record<string, string | number>>;

const PLACE = /\{(secret\.[A-Za-z_][A-Za-z\d_]*|[a-z_]+)\}/g;

/** The names that a template uses. */
export function placesIn(template: unknown): string[] {
  if (typeof template === 'string') return [...template.matchAll(PLACE)].map(([, name = '']) => name);
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap(placesIn);
}

/** A text with its places filled in; `write` puts a value into the form that the text needs. */
export function filled(template: string, places: Places, write = (value: string) => value): string {
  return template.replace(PLACE, (whole, name: string) =>
    Object.hasOwn(places, name) ? write(String(places[name])) : whole,
  );
}

/** The same for the texts within parsed JSON; a text that is nothing but one place becomes its value, a number a number. */
export function filledIn(template: unknown, places: Places): unknown {
  if (typeof template === 'string') {
    const [, only] = /^\{([^{}]+)\}$/.exec(template) ?? [];
    if (only !== undefined && Object.hasOwn(places, only)) return places[only];
    return filled(template, places);
  }
  if (Array.isArray(template)) return template.map((each) => filledIn(each, places));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, filledIn(value, places)]));
}
