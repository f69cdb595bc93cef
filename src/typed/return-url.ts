/** Where the hosted page may lead a browser back to: an origin, and what its paths begin with. */

/** An entry of a list in its stored form; null: it is no address of a web site, or has a query or credentials. */
export function returnUrlEntry(text: string): string | null {
  const url = parse(text);
  if (url === null || url.search !== '' || url.hash !== '') return null;
  return `${url.origin}${url.pathname}`;
}

/**
 * Whether an address lies below an entry of the list: the same origin, and the path of the entry or one below it.
 * @param list as `returnUrlEntry` writes them.
 */
export function isReturnUrl(text: string, list: readonly string[]): boolean {
  const url = parse(text);
  if (url === null) return false;
  return list.some((entry) => {
    const { origin, pathname } = new URL(entry);
    const below = pathname.endsWith('/') ? pathname : `${pathname}/`;
    return url.origin === origin && (url.pathname === pathname || url.pathname.startsWith(below));
  });
}

function parse(text: string): URL | null {
  // The parser would drop them, and take a backslash for a slash.
  if (/[\s\\\p{Cc}]/u.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isSite = url.protocol === 'https:' || url.protocol === 'http:';
  return isSite && url.username === '' && url.password === '' ? url : null;
}
