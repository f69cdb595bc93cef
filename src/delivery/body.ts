import { SealBroken, type Sealer } from '../sealing.js';

/** What a job keeps sealed until its code expires. */
export interface Body {
  code: string;
  text: string;
  subject?: string | undefined;
  locale?: string | undefined;
}

export function sealBody(sealer: Sealer, body: Body, messageId: string): string {
  return sealer.seal(JSON.stringify(body), messageId);
}

/** Null when the body has been wiped, or was sealed with another key. */
export function openBody(sealer: Sealer, sealed: string | null, messageId: string): Body | null {
  if (sealed === null) return null;
  try {
    return JSON.parse(sealer.open(sealed, messageId)) as Body;
  } catch (error) {
    if (error instanceof SealBroken) return null;
    throw error;
  }
}
