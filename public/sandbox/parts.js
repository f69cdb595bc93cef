// The parts of the sandbox's page: a switch, a handset with its messages, an SMS, a mail.

import { element } from '../dom.js';

/**
 * Runs a button's action; `done` is shown when it worked.
 * @typedef {(button: HTMLButtonElement, path: string, body: object, done: string) => Promise<void>} Act
 *
 * @typedef {object} Switch
 * @property {string} id
 * @property {string} label
 * @property {string} effect
 * @property {boolean | null} on null: not a switch, it happens once
 *
 * @typedef {{ text: string, at: number, from: string, copies: number }} Message
 *
 * @typedef {object} Handset
 * @property {string} number
 * @property {boolean} online
 * @property {boolean} onWhatsApp
 * @property {Message[]} messages
 * @property {{ text: string, at: number }[]} written
 *
 * @typedef {{ to: string, text: string, at: number }} Sms
 *
 * @typedef {{ to: string, from: string, subject: string, text: string, at: number }} Mail
 */

/** @param {number | string | Date} at */
const clockTime = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

/**
 * @param {Switch} each
 * @param {Act} act
 */
export function switchRow({ id, label, effect, on }, act) {
  const button = element('button', {
    type: 'button',
    className: 'small',
    textContent: on === null ? 'Do it' : on ? 'On' : 'Off',
    ariaLabel: `${label}: ${on === null ? 'do it' : on ? 'on' : 'off'}`,
    ariaPressed: on === null ? null : String(on),
  });
  const done = on === null ? `Done: ${label}` : `${label}: ${on ? 'off' : 'on'}`;
  button.addEventListener('click', () => act(button, `/sandbox/switches/${id}`, { on: !on }, done));
  return element(
    'li',
    {},
    element('div', {}, element('b', { textContent: label }), element('span', { textContent: effect })),
    button,
  );
}

/**
 * @param {Handset} handset
 * @param {import('./verifications.js').Verification[]} links those that a person may begin
 * @param {Act} act
 */
export function handsetCard({ number, online, onWhatsApp, messages, written }, links, act) {
  /** @type {[Date, HTMLElement][]} */
  const both = [
    ...messages.map(
      (message) => /** @type {[Date, HTMLElement]} */ ([new Date(message.at), bubble(message)]),
    ),
    ...written.map(
      ({ text, at }) => /** @type {[Date, HTMLElement]} */ ([new Date(at), ownBubble(text, at)]),
    ),
  ];
  both.sort(([a], [b]) => a.getTime() - b.getTime());
  const bubbles = element('ol', { className: 'bubbles' }, ...both.map(([, shown]) => shown));
  if (both.length === 0) {
    bubbles.append(element('li', { className: 'nothing', textContent: 'No messages' }));
  }
  /**
   * @param {string} textContent
   * @param {object} change
   * @param {string} done
   */
  const button = (textContent, change, done, disabled = false) => {
    const made = element('button', { type: 'button', className: 'small', textContent, disabled });
    const path = `/sandbox/handsets/${encodeURIComponent(number)}`;
    made.addEventListener('click', () => act(made, path, change, done));
    return made;
  };
  const taps = links.map(({ to, userFirst }) => {
    const whose = to === number ? 'Tap the link, and send' : `Tap the link of ${to}, and send`;
    const made = button(whose, { write: userFirst?.text }, `${number} has written.`);
    made.classList.add('tap');
    made.classList.toggle('primary', to === number);
    return made;
  });
  return element(
    'article',
    { className: `handset${online ? '' : ' off'}${onWhatsApp ? '' : ' absent'}` },
    element('h3', { textContent: onWhatsApp ? number : `${number} (not on WhatsApp)` }),
    bubbles,
    element(
      'p',
      { className: 'actions' },
      ...taps,
      button('Read', { read: true }, 'Read receipts are on their way.', messages.length === 0),
      button(
        online ? 'Switch off' : 'Switch on',
        { online: !online },
        `${number} is ${online ? 'off' : 'on'}.`,
      ),
      button(
        onWhatsApp ? 'Take off WhatsApp' : 'Put on WhatsApp',
        { onWhatsApp: !onWhatsApp },
        onWhatsApp ? `${number} is off WhatsApp: no new message reaches it.` : `${number} is on WhatsApp.`,
      ),
    ),
  );
}

/** @param {Message} message */
function bubble({ text, at, from, copies }) {
  const foot = copies > 1 ? `${clockTime(at)} · arrived ${copies} times` : clockTime(at);
  return element(
    'li',
    { title: `from ${from}` },
    element('p', { textContent: text }),
    element('small', { textContent: foot }),
  );
}

/**
 * @param {string} text
 * @param {number} at
 */
function ownBubble(text, at) {
  return element(
    'li',
    { className: 'own' },
    element('p', { textContent: text }),
    element('small', { textContent: clockTime(at) }),
  );
}

/** @param {Sms} sms */
export function smsRow({ to, text, at }) {
  return element(
    'li',
    {},
    element('b', { textContent: to }),
    element('p', { textContent: text }),
    element('small', { textContent: clockTime(at) }),
  );
}

/** @param {Mail} mail */
export function mailRow({ to, from, subject, text, at }) {
  return element(
    'li',
    { title: `from ${from}` },
    element('b', { textContent: to }),
    element('span', { textContent: subject }),
    element('p', { textContent: text }),
    element('small', { textContent: clockTime(at) }),
  );
}
