import type { Reporter } from '../channel.js';

/** WhatsApp addresses: `201001234567:3@s.whatsapp.net` is device 3 of a phone number, `…@lid` an opaque identity. */

/** Where a person is reached. */
export interface Address {
  /** The number in WhatsApp's spelling: it identifies the person, however the number was typed. */
  jid: string;
  /** Where to write if WhatsApp has mapped the number to an opaque identity. */
  lid: string | null;
}

export function jidOfPhone(phone: string): string {
  return `${phone.replace('+', '')}@s.whatsapp.net`;
}

export function phoneOfJid(jid: string): string {
  return `+${userOf(jid)}`;
}

/** The person at an address: the number in it, or the address itself when it contains none. */
export function personOfJid(jid: string): string {
  return jid.endsWith('@s.whatsapp.net') ? phoneOfJid(jid) : jid;
}

/** The part that names the person: no server, no agent, no device. */
export function userOf(jid: string): string {
  return jid.split('@')[0]?.split(':')[0]?.split('_')[0] ?? '';
}

/** The person behind a stanza, whatever device or hosted address it names. */
export function reporterAt(jid: string): Reporter {
  const server = jid.split('@')[1] ?? '';
  if (server === 'lid' || server === 'hosted.lid') return { address: `${userOf(jid)}@lid`, phone: null };
  if (server !== 's.whatsapp.net' && server !== 'hosted') return { address: withoutDevice(jid), phone: null };
  const phone = phoneOfJid(jid);
  return { address: jidOfPhone(phone), phone };
}

/** Whether one of the account's own addresses, by number and by LID, names the same person. */
export function isOwnAddress(jid: string, own: { id?: string; lid?: string } | undefined): boolean {
  return [own?.id, own?.lid].some((mine) => mine !== undefined && userOf(mine) === userOf(jid));
}

export function withoutDevice(jid: string): string {
  return `${userOf(jid)}@${jid.split('@')[1] ?? ''}`;
}

export function isLid(jid: string): boolean {
  return jid.endsWith('@lid');
}
