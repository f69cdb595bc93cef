import { type Clock, sleep } from '../../clock.js';
import type { Baileys, Socket } from './baileys.js';
import { isLid, jidOfPhone, userOf, withoutDevice } from './jid.js';
import type { Address } from './recipients.js';

/** Beyond this the phone-number address has to do. */
const LID_PATIENCE_MS = 2_000;

/** Asks WhatsApp about a number; null: not on WhatsApp; undefined: no answer. */
export async function lookUp(
  socket: Socket,
  clock: Clock,
  phone: string,
): Promise<Address | null | undefined> {
  const answer = await socket.onWhatsApp(jidOfPhone(phone));
  if (answer === undefined) return undefined;
  const found = answer.find(({ exists }) => exists);
  if (!found) return null;
  const jid = withoutDevice(found.jid);
  return { jid, lid: isLid(jid) ? jid : await lidOf(socket, clock, jid) };
}

/** The opaque identity that the number is mapped to: messages to the number itself may be refused once it is. */
async function lidOf(socket: Socket, clock: Clock, jid: string): Promise<string | null> {
  const asked = socket.signalRepository.lidMapping.getLIDForPN(jid).catch(() => null);
  const lid = await Promise.race([asked, sleep(clock, LID_PATIENCE_MS)]);
  return lid ? withoutDevice(lid) : null;
}

/**
 * Fetches the devices and keys that a message to this address needs; Baileys' own send then finds them in its caches.
 * Returns how many devices the recipient has: with none, Baileys would "send" to nobody and report no error.
 */
export async function countDevices(baileys: Baileys, socket: Socket, to: string): Promise<number> {
  const me = socket.authState.creds.me;
  const own = isLid(to) && me?.lid ? me.lid : (me?.id ?? '');
  const devices = await socket.getUSyncDevices([baileys.jidNormalizedUser(own), to], true, false);
  return devices.filter(({ jid }) => userOf(jid) === userOf(to)).length;
}
