const BYTE_ORDER_MARK = /^\uFEFF/;
const FORM = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** The fields of a form, or JSON under whatever type; undefined: it is neither. */
export function readBody(raw: Buffer, type: string | undefined): unknown {
  const text = raw.toString('utf8').replace(BYTE_ORDER_MARK, '');
  if (type !== undefined && FORM.test(type)) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
