import { isLid, isOwnAddress, phoneOfJid, withoutDevice } from '../jid.js';
import type { Stanza } from './receipts.js';

/** Who a stanza is from, by the addresses that WhatsApp itself puts on it. */
interface Writer {
  phone: string | null;
  lid: string | null;
  /** By WhatsApp's time, Unix ms. */
  at: number;
}

/** The person who wrote this message to us; null: a group, our own phone, or the account talking to itself. */
export function writerOf({ attrs }: Stanza, own: { id?: string; lid?: string } | undefined): Writer | null {
  const { from = '', sender_pn, sender_lid, category } = attrs;
  const at = Number(attrs.t) * 1_000;
  if (category === 'peer' || !(at > 0) || isOwnAddress(from, own)) return null;
  const phone = phoneAt(from) ?? phoneAt(sender_pn);
  const lid = lidAt(from) ?? lidAt(sender_lid);
  return isLid(withoutDevice(from)) || phoneAt(from) !== null ? { phone, lid, at } : null;
}

/** `<notification type=privacy_token from=… sender_lid=…><tokens><token type=trusted_contact t=…>`. */
export function tokenIn({ attrs, content }: Stanza): (Writer & { phone: string }) | null {
  const phone = phoneAt(attrs.from);
  const tokens = childrenOf({ content }, 'tokens').flatMap((each) => childrenOf(each, 'token'));
  const given = tokens.find((token) => token.attrs.type === 'trusted_contact');
  const at = Number(given?.attrs.t) * 1_000;
  return phone !== null && at > 0 ? { phone, lid: lidAt(attrs.sender_lid), at } : null;
}

function phoneAt(jid: string | undefined): string | null {
  return jid?.endsWith('@s.whatsapp.net') ? phoneOfJid(jid) : null;
}

function lidAt(jid: string | undefined): string | null {
  return jid !== undefined && isLid(jid) ? withoutDevice(jid) : null;
}

function childrenOf({ content }: Pick<Stanza, 'content'>, tag: string): Stanza[] {
  return Array.isArray(content) ? (content as Stanza[]).filter((child) => child.tag === tag) : [];
}
