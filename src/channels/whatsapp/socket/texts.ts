import type { proto, WAMessage } from '@whiskeysockets/baileys';
import type { Clock } from '../../../clock.js';
import type { InboundText, Writer } from '../../inbound-text.js';
import type { Baileys, Socket } from '../baileys/baileys.js';
import { isLid, phoneOfJid, withoutDevice } from '../jid.js';

/** Reports what people write to us: live, and what waited while we were away. */
export function followTexts(
  { baileys, socket, clock }: { baileys: Baileys; socket: Socket; clock: Clock },
  tell: (text: InboundText) => void,
): void {
  socket.ev.on('messages.upsert', ({ messages, type, requestId }) => {
    // The phone's copy of what this device could not read: the stanza itself does not say who wrote it.
    if (requestId !== undefined) return;
    for (const message of messages) {
      const text = inboundText(baileys, message, clock.now());
      if (text) tell({ ...text, isLate: type === 'append' });
    }
  });
}

function inboundText(baileys: Baileys, message: WAMessage, now: number): Omit<InboundText, 'isLate'> | null {
  const { key, messageTimestamp, broadcast, category } = message;
  const from = writerOf(key);
  if (key.fromMe || key.participant || broadcast || category === 'peer' || !key.id || !from) return null;
  const text = textIn(baileys, message.message);
  const sentAt = Number(messageTimestamp) * 1_000;
  if (text === null || !Number.isFinite(sentAt)) return null;
  return { messageId: key.id, text, from, sentAt, arrivedAt: now };
}

/** Only what the person has written in this message: no edit, no caption, nothing quoted or forwarded. */
function textIn(baileys: Baileys, message: proto.IMessage | null | undefined): string | null {
  if (!message || hasEdit(message)) return null;
  const content = baileys.normalizeMessageContent(message);
  const { conversation, extendedTextMessage } = content ?? {};
  const { isForwarded, forwardingScore } = extendedTextMessage?.contextInfo ?? {};
  if (isForwarded || forwardingScore) return null;
  return conversation || extendedTextMessage?.text || null;
}

/** Wrappers may stand in each other, as far as Baileys opens them. */
function hasEdit(message: proto.IMessage): boolean {
  let content: proto.IMessage | null | undefined = message;
  for (let depth = 0; content && depth < 5; depth++) {
    if (content.editedMessage || content.protocolMessage) return true;
    content = (content.ephemeralMessage ?? content.viewOnceMessage ?? content.viewOnceMessageV2)?.message;
  }
  return false;
}

/** Both addresses are WhatsApp's own word: see `dropClaims`. Null: it does not come from a person. */
function writerOf({ remoteJid, remoteJidAlt }: WAMessage['key']): Writer | null {
  const named = [remoteJid, remoteJidAlt].flatMap((jid) => (jid ? [withoutDevice(jid)] : []));
  const lid = named.find(isLid) ?? null;
  const jid = named.find((one) => one.endsWith('@s.whatsapp.net')) ?? null;
  const isPerson = named.every((one) => one === lid || one === jid);
  return isPerson && named.length > 0 ? { lid, jid, phone: jid && phoneOfJid(jid) } : null;
}
