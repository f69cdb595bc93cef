import type { Socket } from '../baileys/baileys.js';
import { jidOfPhone, withoutDevice } from '../jid.js';

/**
 * Looks up a number as written. The address in the answer is the same for every spelling of a number.
 * null: not on WhatsApp; undefined: no answer.
 */
export async function lookUp(socket: Socket, phone: string): Promise<string | null | undefined> {
  const answer = await socket.onWhatsApp(jidOfPhone(phone));
  if (answer === undefined) return undefined;
  const found = answer.find(({ exists }) => exists);
  return found ? withoutDevice(found.jid) : null;
}
