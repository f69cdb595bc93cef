// The QR code to scan: counts down, and is hidden the moment it expires.

import { find, findAll } from './dom.js';
import { onRefresh } from './live.js';
import { serverNow } from './times.js';

/**
 * Images that could not be loaded: the code has been replaced or used in the meantime.
 * @type {WeakSet<Element>}
 */
const missing = new WeakSet();

function tick() {
  for (const scan of findAll(document, '[data-qr-until]')) {
    const until = Date.parse(scan.dataset.qrUntil ?? '');
    const secondsLeft = Math.ceil((until - serverNow()) / 1000);
    const [image] = findAll(scan, '.qr');
    const gone = !image || missing.has(image) || secondsLeft <= 0;
    if (image) image.hidden = gone;
    find(scan, '.qr-wait').hidden = !gone;
    find(scan, '.qr-left').hidden = gone || Number.isNaN(until);
    if (gone) continue;
    find(scan, '[data-countdown]').textContent =
      `for ${secondsLeft} more ${secondsLeft === 1 ? 'second' : 'seconds'}`;
  }
}

// Captured, because the event does not bubble.
document.addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof Element && target.matches('.qr'))) return;
    missing.add(target);
    tick();
  },
  true,
);

onRefresh(tick);
tick();
setInterval(tick, 500);
