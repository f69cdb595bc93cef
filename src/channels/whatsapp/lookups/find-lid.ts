import type { Baileys, Socket } from '../baileys/baileys.js';
import { isLid, userOf } from '../jid.js';
import { lidIn, refusal } from './locate.js';

/**
 * Asks WhatsApp which opaque identity a number has at this moment. null: none; undefined: no answer.
 * @param jid of the number, as WhatsApp spells it.
 */
export async function findLid(
  { baileys, socket }: { baileys: Baileys; socket: Socket },
  jid: string,
): Promise<string | null | undefined> {
  const query = new baileys.USyncQuery().withLIDProtocol().withUser(new baileys.USyncUser().withId(jid));
  const answer = await socket.executeUSyncQuery(query).catch(refusal);
  if (!answer) return undefined;
  const found = answer.list.find(({ id }) => isLid(id) || userOf(id) === userOf(jid));
  return found ? lidIn(found) : null;
}
