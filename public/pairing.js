// The QR to scan: counts down, and is hidden the moment it has run out.

import { onRefresh } from './live.js';
import { serverNow } from './times.js';

/** Images that could not be had: the code was replaced or used meanwhile. */
const missing = new WeakSet();

function tick() {
  for (const scan of document.querySelectorAll('[data-qr-until]')) {
    const until = Date.parse(scan.dataset.qrUntil);
    const secondsLeft = Math.ceil((until - serverNow()) / 1000);
    const image = scan.querySelector('.qr');
    const gone = !image || missing.has(image) || secondsLeft <= 0;
    if (image) image.hidden = gone;
    scan.querySelector('.qr-wait').hidden = !gone;
    scan.querySelector('.qr-left').hidden = gone || Number.isNaN(until);
    const countdown = scan.querySelector('[data-countdown]');
    if (!gone) countdown.textContent = `for ${secondsLeft} more ${secondsLeft === 1 ? 'second' : 'seconds'}`;
  }
}

// The event does not bubble.
document.addEventListener(
  'error',
  ({ target }) => {
    if (!target.matches?.('.qr')) return;
    missing.add(target);
    tick();
  },
  true,
);

onRefresh(tick);
tick();
setInterval(tick, 500);
