import { type Clock, sleep } from '../../../clock.js';
import type { Socket } from '../baileys/baileys.js';
import type { Stanza } from '../stanzas/receipts.js';

const ANSWER_PATIENCE_MS = 3_000;

/**
 * Starts a pairing by code; to be called once the socket has offered a QR code. Baileys generates the code before
 * WhatsApp has answered and ignores the answer; a refusal is noticed here.
 */
export async function askPairingCode(socket: Socket, clock: Clock, phone: string): Promise<string> {
  let stopListening = () => {};
  const refused = new Promise<boolean>((resolve) => {
    const yes = (stanza: Stanza) => resolve(stanza.attrs.type === 'error');
    socket.ws.on('CB:iq,type:error', yes);
    socket.ws.on('CB:iq,type:result', yes);
    stopListening = () => {
      socket.ws.off('CB:iq,type:error', yes);
      socket.ws.off('CB:iq,type:result', yes);
    };
  });
  try {
    const code = await socket.requestPairingCode(phone.replace('+', ''));
    const isRefused = await Promise.race([refused, sleep(clock, ANSWER_PATIENCE_MS)]);
    if (isRefused) throw new Error('WhatsApp refused to pair this number by code.');
    return code;
  } finally {
    stopListening();
  }
}
