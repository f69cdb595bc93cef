/** Names that callers use for the same thing. */
const ALIKE: readonly (readonly string[])[] = [
  ['phonenumber', 'phone', 'to', 'number', 'mobile', 'mobilenumber', 'msisdn', 'recipient', 'tel'],
  ['otp', 'code', 'pin', 'onetimecode', 'otpcode'],
  ['email', 'mail', 'emailaddress', 'to'],
  ['locale', 'language', 'lang'],
  ['ttlseconds', 'ttl', 'expiresin'],
  ['fullname', 'name', 'username'],
];

const bare = (name: string) => name.toLowerCase().replace(/[-_\s]/g, '');

/**
 * The field that may have been meant: one of these in another spelling, or by another of its names. Null: nothing looks
 * like it.
 */
export function meantBy(given: string, fields: readonly string[]): string | null {
  const name = bare(given);
  const spelled = fields.find((field) => bare(field) === name);
  if (spelled !== undefined) return spelled;
  const named = ALIKE.filter((names) => names.includes(name)).flat();
  return fields.find((field) => named.includes(bare(field))) ?? null;
}

const MAX_NAME = 40;

/** A name that a caller has chosen, as an answer may have it. */
export function shortened(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}

/** Which field of a body may have been meant by a name that is not known there: a sentence, or null. */
export function hintOfNames(
  body: object,
  fields: readonly string[],
  missing: readonly string[],
): string | null {
  for (const given of Object.keys(body)) {
    if (fields.includes(given)) continue;
    const meant = meantBy(given, missing);
    if (meant !== null) return `The body has "${shortened(given)}": did you mean ${meant}?`;
  }
  return null;
}
