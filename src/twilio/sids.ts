import { hash } from 'node:crypto';

/**
 * Twilio's ids: two letters and 32 hex digits. All of them follow from ours, so that nothing is stored for them.
 * Source: the pattern `^XX[0-9a-fA-F]{32}$` of every sid in Twilio's OpenAPI document of Verify v2.
 */
export interface Sids {
  /** `AC…`: the account of a caller. */
  account: string;
  /** `VA…`: its one service. */
  service: string;
  /** `SK…`: its API key; the secret beside it is the key itself. */
  key: string;
  /** `HJ…`: the one text of its codes. */
  template: string;
}

/** @param caller as `Caller.id`. */
export function sidsOf(caller: string): Sids {
  const sid = (letters: string) => letters + hexOf(`${letters} ${caller}`);
  return { account: sid('AC'), service: sid('VA'), key: sid('SK'), template: sid('HJ') };
}

export function isSid(letters: string, text: string): boolean {
  return text.startsWith(letters) && /^[0-9a-f]{32}$/i.test(text.slice(letters.length));
}

const ID = /^ver_([\w-]{22})$/;

/** The same 16 bytes as in our id. */
export function verificationSid(id: string): string {
  const [, bytes = ''] = ID.exec(id) ?? [];
  return `VE${Buffer.from(bytes, 'base64url').toString('hex')}`;
}

/** The id behind a verification's sid; null: it is none. */
export function verificationId(sid: string): string | null {
  return isSid('VE', sid) ? `ver_${Buffer.from(sid.slice(2), 'hex').toString('base64url')}` : null;
}

/** @param place of the send among those of its verification, from 1. */
export function attemptSid(id: string, place: number): string {
  return `VL${hexOf(`VL ${id} ${place}`)}`;
}

function hexOf(text: string): string {
  return hash('sha256', text).slice(0, 32);
}
