// Times: the server writes UTC, readers see their own time zone. Relative times stay true while the page is open.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Smaller differences come from the whole seconds of the `Date` header and from the network. */
const TOLERATED_SKEW_MS = 2_000;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
let skewMs = 0;

/** @param {string | null} date the server's time, as in a `Date` header */
export function setServerTime(date) {
  const skew = Date.parse(date ?? '') - Date.now();
  if (!Number.isNaN(skew)) skewMs = Math.abs(skew) > TOLERATED_SKEW_MS ? skew : 0;
}

export function serverNow() {
  return Date.now() + skewMs;
}

/** @param {number} at */
function ago(at) {
  const past = at - serverNow();
  const size = Math.abs(past);
  if (size < 10_000) return past <= 0 ? 'just now' : 'in a few seconds';
  // In steps of ten, so that a list of times does not flicker.
  if (size < MINUTE_MS) return relative.format(Math.trunc(past / 10_000) * 10, 'second');
  if (size < HOUR_MS) return relative.format(Math.trunc(past / MINUTE_MS), 'minute');
  if (size < DAY_MS) return relative.format(Math.trunc(past / HOUR_MS), 'hour');
  return relative.format(Math.trunc(past / DAY_MS), 'day');
}

/** @param {number} at */
function elapsed(at) {
  const minutes = Math.max(0, Math.floor((serverNow() - at) / MINUTE_MS));
  if (minutes < 1) return '<\u00a01\u00a0min';
  if (minutes < 60) return `${minutes}\u00a0min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}\u00a0h ${minutes % 60}\u00a0min`;
  return `${Math.floor(hours / 24)}\u00a0days`;
}

/** @param {number} at */
function clock(at) {
  const time = new Date(at);
  const now = new Date();
  if (time.toDateString() === now.toDateString()) return time.toLocaleTimeString();
  const year = time.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return time.toLocaleString([], {
    year,
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

/** @type {Record<string, (at: number) => string>} */
const WORDS = { ago, elapsed, since: (at) => `since ${clock(at)} · ${elapsed(at)}` };

/** @param {HTMLTimeElement} time */
function tell(time) {
  const at = Date.parse(time.dateTime);
  if (Number.isNaN(at)) return;
  const text = (WORDS[time.dataset.as ?? ''] ?? clock)(at);
  if (time.textContent !== text) time.textContent = text;
  const full = new Date(at).toLocaleString([], { dateStyle: 'full', timeStyle: 'long' });
  if (time.title !== full) time.title = full;
}

/**
 * Puts all times below `root` into the reader's words.
 * @param {Document} root
 */
export function localize(root) {
  for (const time of root.querySelectorAll('time')) tell(time);
  for (const place of root.querySelectorAll('[data-origin]')) place.textContent = location.origin;
}

export function startTimes() {
  localize(document);
  setInterval(() => {
    if (document.hidden) return;
    for (const time of document.querySelectorAll('time')) if (time.dataset.as) tell(time);
  }, 1_000);
}
