import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../clock.js';
import type { Socket } from '../baileys/baileys.js';
import type { Stanza } from '../stanzas/receipts.js';

const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;
/** `ref,noise key,identity key,secret,platform` */
const SECRET_FIELD = 3;

/** The QR string with the present secret; Baileys read it once and repeats it forever. */
export function withSecret(qr: string, advSecretKey: string): string {
  const fields = qr.split(',');
  fields[SECRET_FIELD] = advSecretKey;
  return fields.join(',');
}

/** Calls `show` with every QR code of this socket and the time when it expires. */
export function followQr(socket: Socket, clock: Clock, show: (qr: string, expiresAt: number) => void): void {
  const { creds } = socket.authState;
  let last: string | null = null;
  let expiresAt = 0;

  socket.ev.on('connection.update', ({ qr }) => {
    if (!qr) return;
    expiresAt = clock.now() + (last === null ? FIRST_QR_MS : NEXT_QR_MS);
    last = qr;
    show(withSecret(qr, creds.advSecretKey), expiresAt);
  });

  // WhatsApp answers a scan by asking for a new secret. Baileys does not know this notification and leaves the phone
  // waiting; with the secret renewed and the notification acknowledged, a second scan pairs.
  socket.ws.on('CB:notification,type:companion_reg_refresh', (stanza: Stanza) => {
    if (creds.me) return;
    const advSecretKey = randomBytes(32).toString('base64');
    socket.ev.emit('creds.update', { advSecretKey });
    const { id = '', from = '' } = stanza.attrs;
    const attrs = { id, to: from, class: 'notification', type: 'companion_reg_refresh' };
    socket.sendNode({ tag: 'ack', attrs }).catch(() => {});
    if (last) show(withSecret(last, advSecretKey), expiresAt);
  });
}
