/** The text with its `{{places}}` filled in; what was filled in is not looked at again. Unknown places stay. */
export function fill(text: string, places: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (place, name: string) => String(places[name] ?? place));
}
