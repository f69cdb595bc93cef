// The verifications on the sandbox's page: how far each is, as the gateway's API tells it.

import { element } from '../dom.js';

/**
 * @typedef {object} Attempt
 * @property {string} channel
 * @property {string} status
 * @property {string | null} deliveredAt ISO 8601, as all times
 * @property {string | null} readAt
 * @property {{ code: string, message: string } | null} error
 *
 * @typedef {object} Verification
 * @property {string} id
 * @property {string} to
 * @property {string} status
 * @property {string[]} route
 * @property {Attempt[]} attempts
 * @property {number} checksLeft
 * @property {string | null} nextStepAt
 * @property {string} pageUrl
 * @property {{ text: string, number: string } | null} userFirst
 * @property {string} [lastProblem]
 */

/** @type {Record<string, string>} */
const TONES = { pending: 'busy', approved: 'good', max_checks: 'bad' };
/** @type {Record<string, string>} */
const CHANNELS = { whatsapp: 'WhatsApp', sms: 'SMS', email: 'E-mail' };

/** @param {string} word */
const nameOf = (word) => CHANNELS[word] ?? word;

/** @param {Verification} verification */
export const isForWriting = ({ status, userFirst }) => status === 'pending' && userFirst !== null;

/** @param {Attempt} attempt */
function howFar({ status, deliveredAt, readAt }) {
  if (readAt) return 'read';
  return deliveredAt ? 'delivered' : status;
}

/** @param {Verification} verification */
export function verificationRow(verification) {
  const { to, status, route, attempts, nextStepAt, pageUrl, lastProblem } = verification;
  const lines = attempts.map((attempt) => {
    const { channel, error } = attempt;
    const far = howFar(attempt);
    return line(nameOf(channel), error ? `${far}: ${error.message}` : far, error?.code);
  });
  if (nextStepAt) {
    const at = new Date(nextStepAt).toLocaleTimeString();
    lines.push(line('Next channel', `at ${at} unless it has arrived`));
  }
  if (isForWriting(verification)) {
    lines.push(line('Or the person', 'writes first: tap the link on the handset'));
  }
  if (lastProblem) lines.push(line('Somebody wrote', 'and was not taken', lastProblem));
  return element(
    'li',
    {},
    element(
      'p',
      { className: 'verification-head' },
      element('b', { textContent: to }),
      element('span', { className: `badge ${TONES[status] ?? 'warning'}`, textContent: status }),
      element('span', { className: 'muted', textContent: route.map(nameOf).join(', then ') }),
      element('a', { href: pageUrl, target: '_blank', rel: 'noopener', textContent: 'Its page' }),
    ),
    element('ul', { className: 'steps' }, ...lines),
  );
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [code] for machines
 */
function line(name, text, code) {
  const made = element('li', {}, element('b', { textContent: name }), ` ${text} `);
  if (code) made.append(element('code', { textContent: code }));
  return made;
}
