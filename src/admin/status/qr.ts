import type { RequestHandler } from 'express';
import type { Sender } from '../../channels/sender.js';
import { AppError } from '../../errors.js';

/** GET /admin/qr.svg: the QR to scan, drawn here so that the credential in it never leaves this server. */
export function qrImage(sender: Pick<Sender, 'status'>): RequestHandler {
  return async (_req, res) => {
    const { qr } = sender.status();
    if (qr === null) throw new AppError('not_found', 'There is no QR code to scan at the moment.');
    const { default: qrcode } = await import('qrcode');
    const svg = await qrcode.toString(qr, { type: 'svg', errorCorrectionLevel: 'L', margin: 2 });
    res.type('image/svg+xml').send(svg);
  };
}
