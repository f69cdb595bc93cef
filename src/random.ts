import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4_096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Bytes from the system's generator, fetched for many calls at once, because each fetch is slow compared with copying bytes. */
export function randomBytesPooled(count: number): Buffer {
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + count));
  // Bytes that were handed out must not remain here.
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
}
