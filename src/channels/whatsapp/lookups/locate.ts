import type { Baileys, Socket } from '../baileys/baileys.js';
import type { ExpiringCache } from '../expiring-cache.js';
import { type Address, isLid, jidOfPhone, userOf, withoutDevice } from '../jid.js';

/** WhatsApp's answer about the one number that was looked up. */
type Found = { id: string } & Record<string, unknown>;

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

/** Where, according to WhatsApp, a number can be reached now. */
export interface Location {
  /** The opaque identity that the number has now; null: none is known. */
  lid: string | null;
  /** With none, Baileys would "send" without a recipient and report no error. */
  devices: number;
}

/**
 * Asks WhatsApp which identity and which devices a number has at this moment, and fetches the keys that a message to it
 * needs: Baileys' own send then has nothing left to ask. A LID stays with its account when that moves to another number,
 * so the question names the number, never the LID.
 * @param known what was believed so far: a LID that is no longer the number's is forgotten.
 * @param anew fetch the keys even if the devices have not changed.
 * @returns undefined when WhatsApp does not answer.
 */
export async function locate(
  parts: { baileys: Baileys; socket: Socket; devices: ExpiringCache },
  known: Address,
  anew: boolean,
): Promise<Location | undefined> {
  const { baileys, socket } = parts;
  const user = new baileys.USyncUser().withId(known.jid);
  const query = new baileys.USyncQuery().withContext('message').withDeviceProtocol().withLIDProtocol();
  const asked = socket.executeUSyncQuery(query.withUser(user)).catch(refusal);
  const [answer] = await Promise.all([asked, ownDevices(parts)]);
  if (!answer) return undefined;
  const found = answer.list.find(({ id }) => isLid(id) || userOf(id) === userOf(known.jid));
  const lid = found ? lidIn(found) : null;
  if (known.lid !== null && known.lid !== lid) await forgetLid(parts, { jid: known.jid, lid: known.lid });
  if (!found || !hasDevices(found)) return { lid, devices: 0 };
  if (lid === null) return { lid, devices: await devicesOfNumber(parts, known.jid) };

  const { me } = socket.authState.creds;
  const devices = baileys.extractDeviceJids([{ ...found, id: lid }], me?.id ?? '', me?.lid ?? '', false);
  if (devices.length === 0) return { lid, devices: 0 };
  const jids = devices.map(({ user, server, device }) => baileys.jidEncode(user, server, device));
  const before = parts.devices.get<typeof devices>(userOf(lid));
  const areKnown = before?.length === devices.length && before.every(({ device }) => has(devices, device));
  if (!isLid(known.jid))
    await socket.signalRepository.lidMapping.storeLIDPNMappings([{ lid, pn: known.jid }]);
  await socket.assertSessions(jids, anew || !areKnown);
  parts.devices.set(userOf(lid), devices);
  return { lid, devices: devices.length };
}

/** An error instead of an answer means that there is no such number, unless WhatsApp just wants fewer questions. */
export function refusal(error: unknown): { list: Found[] } {
  const { data } = (error ?? {}) as { data?: unknown };
  if (typeof data === 'number' && data >= 400 && data < 500 && data !== 429) return { list: [] };
  throw error;
}

export function lidIn({ id, lid }: Found): string | null {
  if (isLid(id)) return withoutDevice(id);
  return typeof lid === 'string' ? withoutDevice(lid) : null;
}

function hasDevices({ devices }: Found): boolean {
  const { deviceList } = (devices ?? {}) as { deviceList?: unknown[] };
  return (deviceList?.length ?? 0) > 0;
}

const has = (devices: { device?: number | undefined }[], device: number | undefined) =>
  devices.some((one) => one.device === device);

/** A message also goes to this account's own phone. */
async function ownDevices({ baileys, socket }: { baileys: Baileys; socket: Socket }): Promise<void> {
  const { me } = socket.authState.creds;
  const own = me?.lid ?? me?.id;
  if (own) await socket.getUSyncDevices([baileys.jidNormalizedUser(own)], true, false);
}

/** For a number without a LID: filled into Baileys' caches, under the number. */
async function devicesOfNumber(
  { baileys, socket }: { baileys: Baileys; socket: Socket },
  jid: string,
): Promise<number> {
  const own = baileys.jidNormalizedUser(socket.authState.creds.me?.id ?? '');
  const devices = await socket.getUSyncDevices([own, jid], true, false);
  return devices.filter((device) => userOf(device.jid) === userOf(jid)).length;
}

/** Baileys remembers forever which LID a number had and consults that first, in both directions. */
async function forgetLid(
  { socket, devices }: { socket: Socket; devices: ExpiringCache },
  { jid, lid }: { jid: string; lid: string },
): Promise<void> {
  const { keys } = socket.authState;
  const reverse = `${userOf(lid)}_reverse`;
  const stored = await keys.get('lid-mapping', [reverse]);
  const isStale = stored[reverse] === userOf(jid);
  await keys.set({ 'lid-mapping': { [userOf(jid)]: null, ...(isStale && { [reverse]: null }) } });
  socket.signalRepository.lidMapping.close();
  devices.del(userOf(lid));
}
