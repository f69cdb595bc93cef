import type { Store } from '../../../database/schema.js';
import { invalid } from './refusals.js';
import type { VerificationOrder } from './verification.js';

/** How a person writes first: the link to tap, the number to write to, the text to send. */
export interface Written {
  link: string;
  /** E.164. */
  number: string;
  text: string;
}

/** Links that begin a chat with one of our numbers. */
export interface Links {
  /** For a code that has its row. Null: no number of ours can receive anything in time. */
  offerIn(trx: Store, codeId: string): Promise<Written | null>;
  /** Those of them that a person is still asked to use, by code. */
  shown(codeIds: readonly string[]): Promise<Map<string, Written>>;
}

/** Nobody is asked to write first. */
export const NO_LINKS: Links = { offerIn: async () => null, shown: async () => new Map() };

/** Where a person can write to us. */
export const WRITTEN_ON = 'whatsapp';

type Asked = Pick<VerificationOrder, 'contact' | 'userFirst' | 'proof' | 'test'> & { route: string[] };

/** Throws fields_invalid for an order that nobody can fulfil. */
export function refuseContradictions({ contact, route, userFirst, proof }: Asked): void {
  const canWrite = contact.kind === 'phone' && route.includes(WRITTEN_ON);
  if (userFirst === 'only' && !canWrite) {
    throw invalid('userFirst', 'userFirst can only be "only" for a number with whatsapp in its route');
  }
  if (proof === 'message' && (!canWrite || userFirst === 'never')) {
    throw invalid('proof', 'proof can only be "message" where the person can write first over whatsapp');
  }
}

/** Whether the person is asked to write first. @param passedOver the channels that cannot push, of those that were tried. */
export async function asksToWrite(
  { contact, route, userFirst, proof, test }: Asked,
  passedOver: { channel: string }[],
  isCold: (phone: string) => Promise<boolean>,
): Promise<boolean> {
  if (test || contact.kind !== 'phone' || userFirst === 'never' || !route.includes(WRITTEN_ON)) return false;
  if (userFirst === 'only' || proof === 'message') return true;
  return passedOver.some(({ channel }) => channel === WRITTEN_ON) || (await isCold(contact.value));
}
