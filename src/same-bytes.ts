import { timingSafeEqual } from 'node:crypto';

/** In a time that does not tell where they differ. Where the length is a secret, compare hashes. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
