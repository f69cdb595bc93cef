import type { Clock } from '../../../clock.js';
import type { Socket } from '../baileys/baileys.js';
import type { Session } from '../session/session.js';
import { accountNews } from '../stanzas/account.js';
import { receiptsIn, type Stanza } from '../stanzas/receipts.js';
import { tokenIn, writerOf } from '../stanzas/writers.js';
import type { ConnectionEvent } from './events.js';

/**
 * `peer_recipient_*` is written by the app that sends, and names anybody. Baileys takes it, and outside groups
 * `participant_*`, for the writer's other address (`extractAddressingContext`), and stores that: it must not see them.
 */
export function dropClaims(socket: Socket): void {
  socket.ws.prependListener('CB:message', ({ attrs }: Stanza) => {
    const names = attrs.participant ? PEER : [...PEER, 'participant_pn', 'participant_lid'];
    for (const name of names) delete attrs[name];
  });
}

const PEER = ['peer_recipient_pn', 'peer_recipient_lid'];

/** Reports what stanzas say for which Baileys has no event, or only a buffered one. */
export function followStanzas(
  socket: Socket,
  session: Session,
  clock: Clock,
  tell: (event: ConnectionEvent) => void,
): void {
  const changed = (jids: string[]) => {
    if (jids.length > 0) tell({ type: 'addresses_changed', jids });
  };
  socket.ws.on('CB:ack,class:message', ({ attrs }: Stanza) => {
    const { id, error, from } = attrs;
    const isOutdated = attrs.refresh_lid === 'true';
    if (isOutdated && from) changed([from]);
    if (!id) return;
    tell({ type: 'ack', messageId: id, error: error === undefined ? null : Number(error), isOutdated });
  });
  socket.ws.on('CB:receipt', (stanza: Stanza) => {
    for (const receipt of receiptsIn(stanza, session.creds.me, clock.now()))
      tell({ type: 'receipt', receipt });
  });
  socket.ws.on('CB:message', (stanza: Stanza) => {
    const wrote = writerOf(stanza, session.creds.me);
    if (wrote) tell({ type: 'wrote', ...wrote });
  });
  socket.ws.on('CB:notification,type:privacy_token', (stanza: Stanza) => {
    const given = tokenIn(stanza);
    if (given) tell({ type: 'gave_token', ...given });
  });
  socket.ws.on('CB:notification,type:contacts', (stanza: Stanza) => changed(numberChangeIn(stanza)));
  socket.ws.on('CB:notification,type:mex', (stanza: Stanza) => {
    changed(lidChangeIn(stanza));
    // Baileys makes up an end where WhatsApp states none.
    const news = accountNews(String((childOf(stanza, 'update') ?? childOf(stanza, 'mex'))?.content));
    if (news) tell('lock' in news ? { type: 'reach_out_lock', ...news } : { type: 'quota', ...news });
  });
}

/** `<modify old new old_lid new_lid/>`: somebody moved an account to another number. */
function numberChangeIn(stanza: Stanza): string[] {
  const { old, new: now, old_lid, new_lid } = childOf(stanza, 'modify')?.attrs ?? {};
  return [old, now, old_lid, new_lid].filter((jid) => jid !== undefined);
}

/** `<update op_name="LidChangeNotification">` with JSON, as WhatsApp Web's own client reads it. */
function lidChangeIn(stanza: Stanza): string[] {
  const update = childOf(stanza, 'update');
  if (update?.attrs.op_name !== 'LidChangeNotification') return [];
  try {
    const { data } = JSON.parse(String(update.content)) as {
      data?: { xwa2_notify_lid_change?: { old?: unknown; new?: unknown } };
    };
    const { old, new: now } = data?.xwa2_notify_lid_change ?? {};
    return [old, now].filter((lid) => typeof lid === 'string');
  } catch {
    return [];
  }
}

function childOf(stanza: Stanza, tag: string): Stanza | undefined {
  const children = Array.isArray(stanza.content) ? (stanza.content as Stanza[]) : [];
  return children.find((child) => child.tag === tag);
}
