// The simulated handsets and the mailbox: shows /sandbox/state, refreshed once a second, and carries out what the buttons ask for.

import { element, find, findAll } from '../dom.js';
import { released } from '../press.js';
import { handsetCard, mailRow, smsRow, switchRow } from './parts.js';
import { isForWriting, verificationRow } from './verifications.js';

const POLL_MS = 1000;
const SHOWN_MS = { good: 8_000, bad: 20_000 };
const message = find(document, '#message');
const scan = find(document, '#scan', HTMLButtonElement);
let shown = '';
/** @type {number | undefined} */
let hideMessage;

/** A refusal by the server; `code` is the answer's, for machines. */
class Refusal extends Error {
  /** @param {{ message: string, code: string }} answer */
  constructor({ message, code }) {
    super(message);
    this.code = code;
  }
}

/**
 * @param {string} text
 * @param {'good' | 'bad'} tone
 * @param {string} [code]
 */
function say(text, tone, code) {
  clearTimeout(hideMessage);
  message.replaceChildren(element('span', { textContent: text }));
  if (code) message.append(element('code', { textContent: code }));
  message.className = `message ${tone}`;
  message.hidden = false;
  hideMessage = setTimeout(() => {
    message.hidden = true;
  }, SHOWN_MS[tone]);
}

/**
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Record<string, any>>}
 */
async function post(path, body = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refusal(answer);
  return answer;
}

/**
 * @param {HTMLButtonElement} button
 * @param {() => Promise<string>} work resolves with the message to show
 */
async function run(button, work) {
  button.disabled = true;
  try {
    say(await work(), 'good');
  } catch (error) {
    if (error instanceof Refusal) say(error.message, 'bad', error.code);
    else say(String(error), 'bad');
  } finally {
    button.disabled = false;
    await refresh().catch(() => {});
  }
}

/** @type {import('./parts.js').Act} */
const act = (button, path, body, done) =>
  run(button, async () => {
    await post(path, body);
    return done;
  });

/** @param {{ state: string, tone: string, detail: string | null, canScan: boolean, canType: boolean }} sender */
function showSender({ state, tone, detail, canScan, canType }) {
  const badge = find(document, '#sender-state');
  badge.textContent = state;
  badge.className = `badge ${tone}`;
  const line = find(document, '#sender-detail');
  line.textContent = detail ?? '';
  line.hidden = !detail;
  scan.disabled = !canScan;
  find(document, '#pairing-form').hidden = !canType;
}

/**
 * @param {object} state
 * @param {import('./parts.js').Switch[]} state.switches
 * @param {import('./parts.js').Handset[]} state.handsets
 * @param {import('./parts.js').Mail[]} state.mails
 * @param {import('./parts.js').Sms[]} state.sms
 * @param {import('./verifications.js').Verification[]} state.verifications
 */
function showParts({ switches, handsets, mails, sms, verifications }) {
  find(document, '#switches').replaceChildren(...switches.map((each) => switchRow(each, act)));
  const links = verifications.filter(isForWriting);
  if (handsets.length > 0) {
    find(document, '#handsets').replaceChildren(...handsets.map((each) => handsetCard(each, links, act)));
    for (const list of findAll(document, '.bubbles')) list.scrollTop = list.scrollHeight;
  }
  if (verifications.length > 0) {
    find(document, '#verifications').replaceChildren(...verifications.map(verificationRow));
  }
  // Newest first, as in any mailbox.
  if (sms.length > 0) find(document, '#sms').replaceChildren(...sms.reverse().map(smsRow));
  if (mails.length > 0) find(document, '#mails').replaceChildren(...mails.reverse().map(mailRow));
}

async function refresh() {
  const response = await fetch('/sandbox/state');
  const text = await response.text();
  if (text === shown) return;
  await released();
  shown = text;
  const state = JSON.parse(text);
  showSender(state.sender);
  showParts(state);
}

/**
 * @param {string} id
 * @param {(form: HTMLFormElement, fields: Record<string, unknown>) => Promise<string>} work
 */
function onSubmit(id, work) {
  const form = find(document, `#${id}`, HTMLFormElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(find(form, 'button', HTMLButtonElement), () => work(form, Object.fromEntries(new FormData(form))));
  });
}

onSubmit('request-form', async (_form, fields) => {
  const { otp, jobId, estimated_delivery_seconds: eta } = await post('/sandbox/codes', fields);
  const expected = eta === null ? 'when sending is resumed' : `within ${eta}\u00a0s`;
  return `Job #${jobId}: code ${otp}, expected ${expected}.`;
});
onSubmit('verification-form', async (_form, { to, route, userFirst }) => {
  const started = await post('/sandbox/verifications', { to, userFirst, route: String(route).split(' ') });
  find(document, '#checked', HTMLInputElement).value = started.to;
  return 'The verification has been started.';
});
onSubmit('check-form', async (form, fields) => {
  const { valid, checksLeft } = await post('/sandbox/verifications/check', fields);
  if (!valid) return `Wrong: ${checksLeft} more tries.`;
  find(form, '#code', HTMLInputElement).value = '';
  return 'Right: the verification is approved.';
});
onSubmit('write-form', async (form, { number, write }) => {
  await post(`/sandbox/handsets/${encodeURIComponent(String(number))}`, { write });
  find(form, '#written', HTMLInputElement).value = '';
  return `${number} has written.`;
});
onSubmit('pairing-form', async (form, fields) => {
  await post('/sandbox/pairing-code', fields);
  form.reset();
  return 'The number is linked.';
});
scan.addEventListener('click', () => act(scan, '/sandbox/scan', {}, 'Scanned.'));

async function poll() {
  await refresh().catch(() => say('The sandbox does not answer. Trying again …', 'bad'));
  setTimeout(poll, POLL_MS);
}
poll();
dispatchEvent(new Event('buttons-answer'));
