// A press goes down and comes up on one element, or it is none: meanwhile nothing on the page may move.

/** After a finger is lifted its click is still on the way. */
const TAP_MS = 50;

let isDown = false;
/** @type {(() => void)[]} */
const waiting = [];

/** @param {boolean} down */
function setDown(down) {
  if (down === isDown) return;
  isDown = down;
  if (!down) setTimeout(release, TAP_MS);
}

function release() {
  if (isDown) return;
  for (const go of waiting.splice(0)) go();
}

/**
 * Resolves when nothing is pressed.
 * @returns {Promise<void>}
 */
export async function released() {
  if (isDown) await new Promise((resolve) => waiting.push(() => resolve(null)));
}

// Each event tells anew whether the main button is down: the end of a press may get lost, in a menu for instance.
for (const name of /** @type {const} */ (['pointerdown', 'pointermove', 'pointerup', 'pointercancel'])) {
  addEventListener(name, ({ isPrimary, buttons }) => isPrimary && setDown((buttons & 1) === 1), true);
}
// Enter works when it goes down, the space bar when it comes up.
addEventListener('keydown', ({ key }) => key === ' ' && setDown(true), true);
addEventListener('keyup', ({ key }) => key === ' ' && setDown(false), true);
addEventListener('blur', () => setDown(false));
