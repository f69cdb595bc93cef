const MAX_SEGMENTS = 8;
/** A word, or the number of a job: no token, no phone number, no id. */
const PLAIN = /^(?:[A-Za-z][A-Za-z.-]{0,19}|v\d|\d{1,9}|)$/;

/** The path of a URL as the log may show it: without the query, and without whatever could be a secret or a person's. */
export function shownPath(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  const segments = path.split('/').slice(0, MAX_SEGMENTS);
  return segments.map((segment) => (PLAIN.test(segment) ? segment : '…')).join('/');
}
