// The hosted page: counts down, and shows what changed. Everything else works without this.

import { Idiomorph } from '/assets/vendor/idiomorph.js';
import { find, findAll } from './dom.js';

const TICK_MS = 1_000;
/** Beside the stream of events; without one, more often. */
const BESIDE_STREAM_MS = 30_000;
const WITHOUT_STREAM_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** So that people see that it worked. */
const LEAVE_MS = 1_200;

const page = find(document, '#page');
/** What the server's clock is ahead by. */
let aheadMs = 0;
/** @type {EventSource | null} */
let stream = null;
let streaming = false;
/** @type {number | undefined} */
let timer;
/** @type {Promise<void> | null} */
let running = null;

/** @param {number} ms */
function timeOf(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function tick() {
  const now = Date.now() + aheadMs;
  for (const shown of findAll(page, 'time[data-until]')) {
    const leftMs = Number(shown.dataset.until) - now;
    const button = shown.closest('button');
    if (leftMs > 0) {
      shown.textContent = timeOf(leftMs);
      if (button) button.disabled = true;
    } else if (button) {
      button.disabled = false;
      button.textContent = button.dataset.then ?? '';
    } else if (shown.textContent !== '0:00') {
      shown.textContent = '0:00';
      refresh();
    }
  }
}

/**
 * What belongs to the reader stays: typed digits, and what was said about the last form.
 * @param {boolean} isAnswer to a form, which says something new.
 * @returns {import('idiomorph').ConfigCallbacks}
 */
const keeping = (isAnswer) => ({
  beforeNodeMorphed: (node, next) => {
    if (node instanceof HTMLInputElement && node.name === 'code') return node.value === '';
    if (isAnswer || !(node instanceof Element) || node.id !== 'said') return true;
    return next.hasChildNodes();
  },
});

/**
 * @param {Response} response
 * @param {boolean} isAnswer
 */
async function take(response, isAnswer) {
  if (response.status >= 500 || response.status === 429) throw new Error(`HTTP ${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  document.title = fresh.title;
  const next = find(fresh, '#page');
  const isOver = next.dataset.events === undefined;
  Idiomorph.morph(page, next, { callbacks: keeping(isAnswer || isOver) });
  settle();
}

/** After the page was shown anew. */
function settle() {
  aheadMs = Number(page.dataset.now) - Date.now();
  tick();
  const leave = page.querySelector('a[data-leave]');
  if (leave instanceof HTMLAnchorElement) setTimeout(() => location.assign(leave.href), LEAVE_MS);
  if (page.dataset.events === undefined) suspend();
}

/** Never rejects: what does not work is tried again. */
function refresh() {
  running ??= fetch(location.pathname, { cache: 'no-store', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    .then((response) => take(response, false))
    .catch(() => {})
    .finally(() => {
      running = null;
      schedule();
    });
  return running;
}

function schedule() {
  clearTimeout(timer);
  if (document.hidden || page.dataset.events === undefined) return;
  timer = setTimeout(refresh, streaming ? BESIDE_STREAM_MS : WITHOUT_STREAM_MS);
}

function listen() {
  const { events } = page.dataset;
  if (stream !== null || document.hidden || events === undefined) return;
  stream = new EventSource(events);
  stream.addEventListener('open', () => {
    streaming = true;
    schedule();
  });
  stream.addEventListener('change', () => {
    // The next stream begins with what is shown then.
    suspend();
    refresh().then(listen);
  });
  stream.addEventListener('error', () => {
    streaming = false;
    if (stream?.readyState === EventSource.CLOSED) stream = null;
    schedule();
  });
}

function suspend() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
  streaming = false;
}

/** A phone's browser stands still while WhatsApp is in front. */
function resume() {
  if (document.hidden) return suspend();
  refresh().then(listen);
}

/** @param {SubmitEvent} event */
async function send(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const button = form.querySelector('button');
  if (button?.getAttribute('aria-busy') === 'true') return;
  button?.setAttribute('aria-busy', 'true');
  const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  const typed = form.querySelector('input[name="code"]');
  if (typed instanceof HTMLInputElement) typed.value = '';
  try {
    await running;
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    await take(await fetch(form.action, { method: 'POST', body, signal }), true);
  } catch {
    // The browser's own way shows what is wrong.
    location.reload();
  } finally {
    button?.removeAttribute('aria-busy');
    if (typed instanceof HTMLInputElement && typed.isConnected) typed.focus();
    suspend();
    listen();
    schedule();
  }
}

document.addEventListener('submit', send);
document.addEventListener('visibilitychange', resume);
addEventListener('pageshow', (event) => event.persisted && resume());
addEventListener('pagehide', suspend);
addEventListener('online', resume);
setInterval(tick, TICK_MS);
settle();
listen();
schedule();
document.documentElement.dataset.ready = '';
