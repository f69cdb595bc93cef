// The simulated handsets and the mailbox: shows what /sandbox/state says, once a second, and does what the buttons say.

import { released } from './press.js';

const POLL_MS = 1000;
const SHOWN_MS = { good: 8_000, bad: 20_000 };
const TONES = {
  READY: 'good',
  RESTRICTED: 'warning',
  CONNECTING: 'busy',
  PAIRING: 'busy',
  QR_REQUIRED: 'warning',
};
const message = document.getElementById('message');
let shown = '';
let hideMessage;

/** @param code the answer's, for machines */
function say(text, tone, code) {
  clearTimeout(hideMessage);
  message.replaceChildren(element('span', { textContent: text }));
  if (code) message.append(element('code', { textContent: code }));
  message.className = `message ${tone}`;
  message.hidden = false;
  hideMessage = setTimeout(() => (message.hidden = true), SHOWN_MS[tone]);
}

async function post(path, body = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.message), { code: answer.code });
  return answer;
}

async function run(button, work, done) {
  button.disabled = true;
  try {
    say(done(await work()), 'good');
  } catch (error) {
    say(error.message, 'bad', error.code);
  } finally {
    button.disabled = false;
    await refresh().catch(() => {});
  }
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function showSender({ state, detail, canScan }) {
  const badge = document.getElementById('sender-state');
  badge.textContent = state;
  badge.className = `badge ${TONES[state] ?? 'bad'}`;
  const line = document.getElementById('sender-detail');
  line.textContent = detail ?? '';
  line.hidden = !detail;
  document.getElementById('scan').disabled = !canScan;
  document.getElementById('pairing-form').hidden = !['QR_REQUIRED', 'PAIRING'].includes(state);
}

function switchRow({ id, label, effect, on }) {
  const button = element('button', {
    type: 'button',
    className: 'small',
    textContent: on === null ? 'Do it' : on ? 'On' : 'Off',
  });
  button.setAttribute('aria-label', `${label}: ${on === null ? 'do it' : on ? 'on' : 'off'}`);
  if (on !== null) button.setAttribute('aria-pressed', String(on));
  button.addEventListener('click', () =>
    run(
      button,
      () => post(`/sandbox/switches/${id}`, { on: !on }),
      () => (on === null ? `Done: ${label}` : `${label}: ${on ? 'off' : 'on'}`),
    ),
  );
  return element(
    'li',
    {},
    element('div', {}, element('b', { textContent: label }), element('span', { textContent: effect })),
    button,
  );
}

function bubble({ text, at, from, copies }) {
  const time = new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const foot = copies > 1 ? `${time} · arrived ${copies} times` : time;
  return element(
    'li',
    { title: `from ${from}` },
    element('p', { textContent: text }),
    element('small', { textContent: foot }),
  );
}

function handsetCard({ number, online, onWhatsApp, messages }) {
  const bubbles = element('ol', { className: 'bubbles' }, ...messages.map(bubble));
  if (messages.length === 0)
    bubbles.append(element('li', { className: 'nothing', textContent: 'No messages' }));
  const path = `/sandbox/handsets/${encodeURIComponent(number)}`;
  const act = (textContent, change, done, disabled = false) => {
    const button = element('button', { type: 'button', className: 'small', textContent, disabled });
    button.addEventListener('click', () =>
      run(
        button,
        () => post(path, change),
        () => done,
      ),
    );
    return button;
  };
  return element(
    'article',
    { className: `handset${online ? '' : ' off'}${onWhatsApp ? '' : ' absent'}` },
    element('h3', { textContent: onWhatsApp ? number : `${number} (not on WhatsApp)` }),
    bubbles,
    element(
      'p',
      { className: 'actions' },
      act('Read', { read: true }, 'Read receipts are on their way.', messages.length === 0),
      act(online ? 'Switch off' : 'Switch on', { online: !online }, `${number} is ${online ? 'off' : 'on'}.`),
      act(
        onWhatsApp ? 'Take off WhatsApp' : 'Put on WhatsApp',
        { onWhatsApp: !onWhatsApp },
        onWhatsApp ? `${number} is off WhatsApp: no new message reaches it.` : `${number} is on WhatsApp.`,
      ),
    ),
  );
}

function mailRow({ to, from, subject, text, at }) {
  const time = new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return element(
    'li',
    { title: `from ${from}` },
    element('b', { textContent: to }),
    element('span', { textContent: subject }),
    element('p', { textContent: text }),
    element('small', { textContent: time }),
  );
}

async function refresh() {
  const response = await fetch('/sandbox/state');
  const text = await response.text();
  if (text === shown) return;
  await released();
  shown = text;
  const { sender, switches, handsets, mails } = JSON.parse(text);
  showSender(sender);
  document.getElementById('switches').replaceChildren(...switches.map(switchRow));
  if (handsets.length > 0) {
    document.getElementById('handsets').replaceChildren(...handsets.map(handsetCard));
    for (const list of document.querySelectorAll('.bubbles')) list.scrollTop = list.scrollHeight;
  }
  // The newest first, as in any mailbox.
  if (mails.length > 0) document.getElementById('mails').replaceChildren(...mails.reverse().map(mailRow));
}

document.getElementById('request-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  run(
    form.querySelector('button'),
    () => post('/sandbox/codes', { phoneNumber: form.phoneNumber.value }),
    ({ otp, jobId, estimated_delivery_seconds: eta }) =>
      `Job #${jobId}: code ${otp}, expected ${eta === null ? 'when sending is resumed' : `within ${eta}\u00a0s`}.`,
  );
});

document.getElementById('pairing-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  run(
    form.querySelector('button'),
    () => post('/sandbox/pairing-code', { code: form.code.value }),
    () => {
      form.reset();
      return 'The number is linked.';
    },
  );
});

const scan = document.getElementById('scan');
scan.addEventListener('click', () =>
  run(
    scan,
    () => post('/sandbox/scan'),
    () => 'Scanned.',
  ),
);

async function poll() {
  await refresh().catch(() => say('The sandbox does not answer. Trying again …', 'bad'));
  setTimeout(poll, POLL_MS);
}
poll();
dispatchEvent(new Event('buttons-answer'));
