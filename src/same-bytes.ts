import { timingSafeEqual } from 'node:crypto';

/** Compares in a time that does not reveal where they differ. If the length is secret, compare hashes. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
