import { sameBytes } from '../../same-bytes.js';
import type { KeyedHash } from '../../sealing.js';

/** The public name of a verification, in the address of its page: whoever has it cannot do what its caller can. */
export interface PageTokens {
  /** @param id of a verification. Resolves with 44 characters that an address can hold. */
  pageTokenOf(id: string): string;
  /** Null: it is none that this server made. */
  idOfPageToken(token: string): string | null;
  /** What only the browser that the page belongs to brings back. @param browser as stored. */
  returnProofOf(id: string, browser: string): string;
}

const PREFIX = 'ver_';
const TOKEN = /^([\w-]{22})([\w-]{22})$/;
const MAC_BYTES = 16;

/** Derived, so that nothing is stored. @param hash keyed, of its own label. */
export function createPageTokens(hash: KeyedHash): PageTokens {
  const macOf = (hex: string) => Buffer.from(hex, 'hex').subarray(0, MAC_BYTES);
  return {
    pageTokenOf: (id) => `${id.slice(PREFIX.length)}${macOf(hash(id)).toString('base64url')}`,

    returnProofOf: (id, browser) => macOf(hash(`return ${id} ${browser}`)).toString('base64url'),

    idOfPageToken(token) {
      const [, name, mac] = TOKEN.exec(token) ?? [];
      if (name === undefined || mac === undefined) return null;
      const id = `${PREFIX}${name}`;
      const given = Buffer.from(mac, 'base64url');
      return hash.all(id).some((each) => sameBytes(macOf(each), given)) ? id : null;
    },
  };
}
