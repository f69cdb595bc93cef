import type { Baileys, Socket } from '../baileys/baileys.js';
import { isLid } from '../jid.js';

/** Where a person is reached now. */
export interface Reached {
  /** The LID, if there is one; else the number's JID. */
  to: string;
  /** The number's JID; null: WhatsApp has named none. */
  number: string | null;
}

/** As Baileys' own `sendMessage` does, and as WhatsApp's clients do: a message to a LID names the number beside it. */
export async function sendText(
  { baileys, socket }: { baileys: Baileys; socket: Socket },
  { to, number }: Reached,
  messageId: string,
  text: string,
): Promise<void> {
  // Without `linkPreview: null` Baileys would fetch the links in the text.
  const content = await baileys.generateWAMessageContent(
    { text, linkPreview: null },
    { upload: neverUploads },
  );
  const named = isLid(to) && number !== null ? { peer_recipient_pn: number } : {};
  await socket.relayMessage(to, content, { messageId, additionalAttributes: named });
}

function neverUploads(): Promise<never> {
  throw new Error('A text has nothing to upload.');
}
