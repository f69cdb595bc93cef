/**
 * How long a trusted-contact token lives: so many buckets of so much time, counted from the beginning of the bucket in which
 * it was issued. WhatsApp says how many, and how long, in its AB props 909 and 865.
 */
export interface TokenLife {
  bucketMs: number;
  buckets: number;
}

/** What Baileys 7.0.0-rc14 goes by, whatever WhatsApp says; it forgets what is older. */
export const BAILEYS_LIFE: TokenLife = { bucketMs: 7 * 24 * 60 * 60_000, buckets: 4 };

const MAX_BUCKET_MS = 180 * 24 * 60 * 60_000;
const MAX_BUCKETS = 1_000;

/** What the props say, in seconds and buckets; what they do not say stays as it is. */
export function lifeIn(props: ReadonlyMap<string, string>, before: TokenLife): TokenLife {
  const bucketMs = whole(props.get('865')) * 1_000;
  const buckets = whole(props.get('909'));
  return {
    bucketMs: bucketMs > 0 && bucketMs <= MAX_BUCKET_MS ? bucketMs : before.bucketMs,
    buckets: buckets > 0 && buckets <= MAX_BUCKETS ? buckets : before.buckets,
  };
}

/** Until when a token is live that was issued at `at`; both in Unix ms. */
export function liveUntil(at: number, { bucketMs, buckets }: TokenLife): number {
  return (Math.floor(at / bucketMs) + buckets) * bucketMs;
}

/** The oldest time of issue of a token that is still live. */
export function oldestLive(now: number, { bucketMs, buckets }: TokenLife): number {
  return (Math.floor(now / bucketMs) - buckets + 1) * bucketMs;
}

function whole(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
