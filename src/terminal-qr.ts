import process from 'node:process';
import qrcode from 'qrcode';

/** Draws a pairing QR in the terminal. Only outside production: whoever sees it can pair their own phone. */
export function printQr(qr: string): void {
  qrcode.toString(qr, { type: 'terminal', small: true }, (error, drawing) => {
    if (!error) process.stdout.write(`\nScan with WhatsApp (Linked devices):\n${drawing}\n`);
  });
}
