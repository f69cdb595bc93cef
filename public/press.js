// A press only counts when it goes down and comes up on the same element: in between nothing on the page may move.

/** The click comes a little after the finger is lifted. */
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

// Every event is checked for the main button: the end of a press may get lost, in a menu for instance.
for (const name of /** @type {const} */ (['pointerdown', 'pointermove', 'pointerup', 'pointercancel'])) {
  addEventListener(name, ({ isPrimary, buttons }) => isPrimary && setDown((buttons & 1) === 1), true);
}
// Enter acts when it goes down, the space bar when it comes up.
addEventListener('keydown', ({ key }) => key === ' ' && setDown(true), true);
addEventListener('keyup', ({ key }) => key === ' ' && setDown(false), true);
addEventListener('blur', () => setDown(false));
