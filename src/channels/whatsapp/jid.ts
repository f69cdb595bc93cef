/** WhatsApp addresses: `201001234567:3@s.whatsapp.net` is device 3 of a phone number, `…@lid` an opaque identity. */

export function jidOfPhone(phone: string): string {
  return `${phone.replace('+', '')}@s.whatsapp.net`;
}

export function phoneOfJid(jid: string): string {
  return `+${userOf(jid)}`;
}

/** Who the person at an address is: the number in it, or the address itself when it holds none. */
export function personOfJid(jid: string): string {
  return jid.endsWith('@s.whatsapp.net') ? phoneOfJid(jid) : jid;
}

/** The part that names the person: no server, no agent, no device. */
export function userOf(jid: string): string {
  return jid.split('@')[0]?.split(':')[0]?.split('_')[0] ?? '';
}

export function withoutDevice(jid: string): string {
  return `${userOf(jid)}@${jid.split('@')[1] ?? ''}`;
}

export function isLid(jid: string): boolean {
  return jid.endsWith('@lid');
}
