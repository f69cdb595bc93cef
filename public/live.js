// Keeps the page current: fetches it again when the server says that something changed, and replaces its live parts.

import { Idiomorph } from '/assets/vendor/idiomorph.js';
import { find } from './dom.js';
import { released } from './press.js';
import { localize, setServerTime } from './times.js';

/** In addition to the stream of events, so that changes without an event (an expiry) also show soon. */
const BESIDE_STREAM_MS = 30_000;
/** While the page offers a retry, which expires. */
const WITH_RETRY_MS = 5_000;
const WITHOUT_STREAM_MS = 2_500;
const REOPEN_STREAM_MS = 15_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** An answer to a question that was asked once: asking again and again would be work for nothing. */
const STILL = '[data-still]';
const LOGIN = '/admin/login';
const CSRF_TOKEN = 'meta[name="csrf-token"]';

const banner = find(document, '#connection');
const liveState = find(document, '#live-state');
/** @type {Set<() => void>} */
const listeners = new Set();
let knownAt = new Date();
/** @type {EventSource | null} */
let stream = null;
let streaming = false;
/** @type {number | undefined} */
let timer;
/** @type {Promise<void> | null} The refresh in progress. */
let current = null;
/** @type {Promise<void> | null} The one after it. */
let following = null;

/**
 * Calls `listener` after each refresh, before the browser paints.
 * @param {() => void} listener
 */
export function onRefresh(listener) {
  listeners.add(listener);
}

/**
 * Fetches the page again. One refresh at a time: calls during one share the next. Never rejects: a lost connection is
 * shown as a banner.
 * @returns {Promise<void>}
 */
export function refresh() {
  if (current === null) {
    // `once` may have nothing to wait for: its end comes after this assignment all the same.
    current = once().finally(() => {
      current = null;
      schedule();
    });
    return current;
  }
  following ??= current.then(() => {
    following = null;
    return refresh();
  });
  return following;
}

async function once() {
  clearTimeout(timer);
  try {
    if (!document.hidden && !document.querySelector(STILL)) {
      await load();
      knownAt = new Date();
      showConnection(true);
    }
  } catch {
    showConnection(false);
  }
}

async function load() {
  const response = await fetch(location.href, {
    headers: { Accept: 'text/html' },
    cache: 'no-store',
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (response.status >= 500 || response.status === 429) throw new Error(`HTTP ${response.status}`);
  if (response.redirected && new URL(response.url).pathname === LOGIN) return location.assign(LOGIN);
  if (response.status === 404) {
    // The subject of the page is gone. Unless this page deleted it, the server's message is better than outdated facts.
    if (!document.querySelector('[aria-busy="true"]')) location.reload();
    return;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  setServerTime(response.headers.get('date'));
  await released();
  takeOver(fresh);
}

/** @param {Document} fresh */
function takeOver(fresh) {
  localize(fresh);
  document.title = fresh.title;
  const token = fresh.querySelector(CSRF_TOKEN);
  if (token) document.querySelector(CSRF_TOKEN)?.replaceWith(document.importNode(token));
  keepingSelection(() => {
    for (const part of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(part.id);
      if (next && !part.isEqualNode(next)) Idiomorph.morph(part, next, { callbacks: KEEP });
    }
  });
  for (const listener of listeners) listener();
}

/**
 * Moving rows loses the selection, although their text stays the same: it is restored.
 * @param {() => void} change
 */
function keepingSelection(change) {
  const selection = getSelection();
  if (!selection) return change();
  const { anchorNode, anchorOffset, focusNode, focusOffset, isCollapsed } = selection;
  change();
  if (isCollapsed || !anchorNode?.isConnected || !focusNode?.isConnected) return;
  /**
   * @param {Node} node
   * @param {number} offset
   */
  const within = (node, offset) =>
    Math.min(offset, node instanceof CharacterData ? node.length : node.childNodes.length);
  selection.setBaseAndExtent(
    anchorNode,
    within(anchorNode, anchorOffset),
    focusNode,
    within(focusNode, focusOffset),
  );
}

const KEPT = '[data-kept], [aria-busy="true"], input, select, textarea, .field-problem';

/**
 * What belongs to the reader: typed text and what is wrong with it, revealed numbers, opened details, a busy button.
 * @type {import('idiomorph').ConfigCallbacks}
 */
const KEEP = {
  beforeNodeMorphed: (node) => !(node instanceof Element && node.matches(KEPT)),
  beforeAttributeUpdated: (name, node) => !(name === 'open' && node.matches('details')),
};

/** @param {boolean} works */
function showConnection(works) {
  const text = `Connection to the server lost — showing what was known at ${knownAt.toLocaleTimeString()}. Trying again…`;
  if (banner.hidden !== works || (!works && banner.textContent !== text)) {
    banner.textContent = works ? '' : text;
    banner.hidden = works;
  }
  liveState.hidden = !works;
  liveState.textContent = streaming ? 'Live' : 'Refreshing';
  liveState.title = streaming ? 'Changes show at once' : 'Asks for changes every few seconds';
  liveState.classList.toggle('streaming', streaming);
}

function schedule() {
  clearTimeout(timer);
  if (document.hidden) return;
  const besideMs = document.querySelector('[data-post$="/retry"]') ? WITH_RETRY_MS : BESIDE_STREAM_MS;
  timer = setTimeout(refresh, streaming ? besideMs : WITHOUT_STREAM_MS);
}

function listen() {
  if (stream !== null || document.hidden) return;
  stream = new EventSource('/admin/events');
  stream.addEventListener('open', () => {
    streaming = true;
    refresh();
  });
  stream.addEventListener('change', refresh);
  stream.addEventListener('end', () => location.assign(LOGIN));
  stream.addEventListener('error', () => {
    streaming = false;
    // The browser does not try again by itself after an error response.
    if (stream?.readyState === EventSource.CLOSED) {
      stream = null;
      setTimeout(listen, REOPEN_STREAM_MS);
    }
    refresh();
  });
}

function suspend() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
  streaming = false;
}

function resume() {
  if (document.hidden) return suspend();
  listen();
  refresh();
}

/** Only while the page is visible: a forgotten tab lets its session end. */
export function startLive() {
  document.addEventListener('visibilitychange', resume);
  addEventListener('pagehide', suspend);
  addEventListener('pageshow', (event) => event.persisted && resume());
  addEventListener('online', refresh);
  listen();
  schedule();
}
