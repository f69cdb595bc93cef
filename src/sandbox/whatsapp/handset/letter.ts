import { proto } from '@whiskeysockets/baileys';
import { lidJid, pnJid } from '../nodes.js';
import { stanzaId } from '../post-office.js';

/** What the handset's app makes of what a person writes, or of what reaches the gateway in another way. */
export type Form =
  | 'plain'
  | 'extended'
  /** In a chat whose messages disappear. */
  | 'disappearing'
  | 'view_once'
  /** A text in the wrapper of an edit, and the change of an earlier message. */
  | 'edited'
  | 'edit'
  | 'revoke'
  | 'forwarded'
  /** An answer "ok" to a message with the text. */
  | 'quoted'
  | 'caption'
  | 'reaction'
  /** A copy of what was written in a group, to a list, or as a status. */
  | 'group'
  | 'broadcast'
  | 'status'
  /** The owner of the gateway's number writes to somebody on the phone itself. */
  | 'own_phone';

/** How the stanza names who writes. `lid_only`: no number is told; `username`: a name is, instead of the number. */
export type Naming = 'lid' | 'lid_only' | 'pn' | 'username';

/** It is written in the chat with the gateway, and not where that only gets a copy. */
export function isToGateway(form: Form): boolean {
  return form !== 'group' && form !== 'broadcast' && form !== 'status' && form !== 'own_phone';
}

const { Type } = proto.Message.ProtocolMessage;
const DAY_SECONDS = 86_400;

/** The content of a text in this form. @param about the id of an earlier message, where the form is about one. */
export function contentOf(form: Form, text: string, about: string): proto.IMessage {
  const key = { id: about, fromMe: true };
  switch (form) {
    case 'extended':
      return { extendedTextMessage: { text } };
    case 'disappearing':
      return {
        ephemeralMessage: {
          message: { extendedTextMessage: { text, contextInfo: { expiration: DAY_SECONDS } } },
        },
      };
    case 'view_once':
      return { viewOnceMessageV2: { message: { conversation: text } } };
    case 'edited':
      return { editedMessage: { message: { conversation: text } } };
    case 'edit':
      return { protocolMessage: { type: Type.MESSAGE_EDIT, key, editedMessage: { conversation: text } } };
    case 'revoke':
      return { protocolMessage: { type: Type.REVOKE, key } };
    case 'forwarded':
      return { extendedTextMessage: { text, contextInfo: { isForwarded: true, forwardingScore: 1 } } };
    case 'quoted':
      return {
        extendedTextMessage: {
          text: 'ok',
          contextInfo: { stanzaId: about, quotedMessage: { conversation: text } },
        },
      };
    case 'caption':
      return { imageMessage: { caption: text, mimetype: 'image/jpeg' } };
    case 'reaction':
      return { reactionMessage: { key, text } };
    case 'own_phone':
      return { deviceSentMessage: { destinationJid: about, message: { conversation: text } } };
    default:
      return { conversation: text };
  }
}

/** The attributes by which the stanza names who writes, and where. @param writer digits and LID. */
export function addressesOf(
  form: Form,
  naming: Naming,
  writer: { user: string; lid: string },
): Record<string, string> {
  const [pn, lid] = [pnJid(writer.user), lidJid(writer.lid)];
  switch (form) {
    case 'group':
      return { from: '120363000000000001@g.us', participant: lid, participant_pn: pn };
    case 'broadcast':
      return { from: '1700000000@broadcast', participant: lid, participant_pn: pn };
    case 'status':
      return { from: 'status@broadcast', participant: lid, participant_pn: pn };
    case 'own_phone':
      return { from: pn, recipient: pnJid('201009876543') };
  }
  if (naming === 'pn') return { from: pn, sender_lid: lid };
  const named = { from: lid, addressing_mode: 'lid' };
  if (naming === 'lid_only') return named;
  return naming === 'username' ? { ...named, sender_username: 'somebody' } : { ...named, sender_pn: pn };
}

export const newTextId = (): string => `3A${stanzaId()}${stanzaId().slice(0, 2)}`;
