import type { Directory } from './directory.js';
import { child, children, digits, lidJid, type Node, node, pnJid, text } from './nodes.js';
import type { PostOffice } from './post-office.js';
import type { Subscriber } from './state.js';

/** User sync: "is this number on WhatsApp", "which devices does it have", "what is its LID", as the query asks. */
export function answerUsync(directory: Directory, post: PostOffice, stanza: Node): Node[] {
  const usync = child(stanza, 'usync');
  const query = child(usync, 'query');
  const users = children(child(usync, 'list'), 'user').flatMap((user) => {
    const { jid } = user.attrs;
    const phone = digits(text(child(user, 'contact')));
    const subscriber = jid ? directory.find(jid) : directory.get(phone);
    if (!subscriber) return [];
    const asked = ['contact', 'devices', 'lid'].filter((protocol) => child(query, protocol));
    const answers = asked.flatMap((protocol) => answer(protocol, subscriber, post));
    return [node('user', { jid: jid || pnJid(subscriber.user) }, answers)];
  });
  const { sid = '', mode = 'query', context = 'interactive' } = usync?.attrs ?? {};
  const attrs = { sid, mode, context, index: '0', last: 'true' };
  return [node('usync', attrs, [node('result'), node('list', {}, users)])];
}

function answer(protocol: string, subscriber: Subscriber, post: PostOffice): Node[] {
  const { onWhatsApp, user, lid } = subscriber;
  if (protocol === 'contact') return [node('contact', { type: onWhatsApp ? 'in' : 'out' })];
  if (protocol === 'lid') return onWhatsApp ? [node('lid', { val: lidJid(lid) })] : [];
  const linked = post.devicesOf(user).map(({ device }) => {
    const id = String(device);
    return node('device', { id, 'key-index': id });
  });
  const devices = onWhatsApp ? [node('device', { id: '0' }), ...linked] : [];
  return [node('devices', {}, [node('device-list', {}, devices)])];
}
