import { domainToASCII } from 'node:url';
import { withoutInvisible } from './invisible.js';

const MAX_ADDRESS = 254;
const MAX_LOCAL_PART = 64;
const ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LOCAL_PART = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`);
const DOMAIN = /^(?:[a-z0-9][a-z0-9-]{0,62}\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
/** What domains in other scripts consist of (RFC 5892): letters, marks, digits, and a few signs between them. */
const NAMES = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61\-\u00b7\u0375\u05f3\u05f4\u30fb\u200c\u200d]+$/u;

/**
 * An e-mail address in its one spelling, or null: lower case, as providers tell no letters apart by their case, and a
 * domain of another script as punycode. What RFC 5321 has beyond atoms is refused: quoted local parts, which nobody
 * should be given (4.1.2), and address literals; so are local parts beyond ASCII, which few servers take (RFC 6531).
 */
export function typedEmail(text: string): string | null {
  const shown = text.replace(/[\ufe6b\uff20]/g, '@');
  const at = shown.lastIndexOf('@');
  const local = withoutInvisible(shown.slice(0, Math.max(0, at))).trim();
  // Looked at before lower case makes ASCII of a Kelvin sign.
  if (local.length > MAX_LOCAL_PART || !LOCAL_PART.test(lowerAscii(local))) return null;
  const domain = asciiDomain(shown.slice(at + 1));
  const address = `${lowerAscii(local)}@${domain}`;
  return DOMAIN.test(domain) && address.length <= MAX_ADDRESS ? address : null;
}

/** The same for part of an address, as somebody looks for it; null when it holds no domain of another script. */
export function typedEmailPart(text: string): string | null {
  const at = text.lastIndexOf('@');
  if (isAscii(text) || !/[.@]/.test(text)) return null;
  const domain = asciiDomain(text.slice(at + 1));
  return domain === '' ? null : lowerAscii(text.slice(0, at + 1)) + domain;
}

/** Lower case; empty when no domain can have this name. */
function asciiDomain(text: string): string {
  const plain = withoutInvisible(text).trim();
  if (plain.length > MAX_ADDRESS) return '';
  if (isAscii(plain)) return lowerAscii(plain);
  // Joiners tell some names apart (RFC 5892, A.1 and A.2); elsewhere they are as accidental as in any text.
  const joined = text.replace(/[^\P{Cf}\u200c\u200d]/gu, '').trim();
  return NAMES.test(joined) ? domainToASCII(joined) || domainToASCII(plain) : '';
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
