import type { Arrival, Receipt } from '../../channel.js';
import { isOwnAddress, reporterAt } from '../jid.js';

/** A stanza as Baileys decodes it. */
export interface Stanza {
  tag: string;
  attrs: Record<string, string>;
  content?: unknown;
}

/**
 * What a raw `<receipt>` proves about our messages. Read from the stanza, because Baileys' `messages.update` is
 * buffered and merged.
 * @param own this account's own addresses: receipts from there are about the copy on its own phone.
 */
export function receiptsIn(
  stanza: Stanza,
  own: { id?: string; lid?: string } | undefined,
  now: number,
): Receipt[] {
  const { attrs } = stanza;
  const from = attrs.participant ?? attrs.from;
  if (!from || !attrs.id || attrs.from?.endsWith('@g.us')) return [];
  const isOwn = isOwnAddress(from, own);
  const kind = kindOf(attrs.type, isOwn);
  if (!kind) return [];
  const at = reportedAt(attrs, now);
  const reporter = isOwn ? {} : { from: reporterAt(from) };
  return [attrs.id, ...furtherIds(stanza)].map((messageId) => ({ messageId, kind, at, ...reporter }));
}

function kindOf(type: string | undefined, isOwn: boolean): Arrival['kind'] | null {
  switch (type) {
    // Our own phone has got its copy, or the recipient could not decrypt theirs: WhatsApp has accepted the message.
    case 'sender':
    case 'retry':
      return 'accepted';
    case undefined:
    case 'inactive':
      return isOwn ? 'accepted' : 'delivered';
    case 'read':
    case 'played':
      return isOwn ? null : 'read';
    default:
      return null;
  }
}

/** A receipt stored while we were away has its time, in whole seconds, of which the end is taken. */
function reportedAt(attrs: Stanza['attrs'], now: number): number {
  const seconds = Number(attrs.t);
  return attrs.offline !== undefined && seconds > 0 ? Math.min(now, seconds * 1000 + 999) : now;
}

/** `<receipt id><list><item id/>…</list></receipt>`: one receipt for several messages. */
function furtherIds(stanza: Stanza): string[] {
  const children = (node: Stanza | undefined) =>
    Array.isArray(node?.content) ? (node.content as Stanza[]) : [];
  const list = children(stanza).find(({ tag }) => tag === 'list');
  return children(list).flatMap(({ attrs }) => (attrs?.id ? [attrs.id] : []));
}
