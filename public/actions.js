// Buttons and forms with `data-post`: one request per press, however often the button is clicked.

import { find, messageOf, nearest } from './dom.js';
import { fieldsOf, problemIn } from './forms.js';
import { refresh } from './live.js';
import { clear, complain, keepMessage, say } from './messages.js';
import { post } from './server.js';

/**
 * Runs `work` with the button busy, then refreshes the page. The focus stays where it was.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} work
 * @param {(text: string) => void} [tell] shows why it failed
 */
export async function run(button, work, tell = complain) {
  if (button.disabled) return;
  const hadFocus = document.activeElement === button;
  const surroundings = button.closest('tr, section');
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  clear();
  try {
    await work();
  } catch (error) {
    tell(messageOf(error));
  } finally {
    button.disabled = false;
    button.removeAttribute('aria-busy');
  }
  if (hadFocus) button.focus();
  await refresh();
  if (hadFocus && document.activeElement === document.body) focusWithin(surroundings);
}

/** @param {Element | null} surroundings */
function focusWithin(surroundings) {
  const next = surroundings?.isConnected ? surroundings.querySelector('a[href], button:enabled') : null;
  if (next instanceof HTMLElement) next.focus();
  else find(document, '#main').focus();
}

/**
 * Shows a dialog; resolves with true when its "yes" was pressed.
 * @param {HTMLDialogElement} dialog
 * @returns {Promise<boolean>}
 */
export function confirmed(dialog) {
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

/**
 * @param {DOMStringMap} pressed where to post; `done`: what to say when the answer has no message; `next`: the page to go to
 * @param {object} [body]
 * @returns {Promise<void>}
 */
async function perform({ post: path = '', done = '', next }, body) {
  const { message = done, problem } = await post(path, body);
  if (problem) throw new Error(problem);
  if (next === undefined) return say(message);
  keepMessage(message);
  location.assign(next);
  // Stays busy until the page is left.
  return new Promise(() => {});
}

document.addEventListener('click', async (event) => {
  const button = nearest(event, 'button[data-post]', HTMLButtonElement);
  // The second click of a double click may hit a button whose meaning has just changed.
  if (!button || event.detail > 1) return;
  // A copy, because a refresh during the question may change the button.
  const pressed = { ...button.dataset };
  if (pressed.dialog && !(await confirmed(find(document, `#${pressed.dialog}`, HTMLDialogElement)))) return;
  run(button, () => perform(pressed));
});

// A key that is held down would press a button again and again.
document.addEventListener('keydown', (event) => {
  if (event.repeat && event.key === 'Enter' && nearest(event, 'button', HTMLButtonElement)) {
    event.preventDefault();
  }
});

document.addEventListener('submit', (event) => {
  const form = nearest(event, 'form[data-post]', HTMLFormElement);
  if (!form) return;
  event.preventDefault();
  const input = find(form, 'input, select');
  const tell = problemIn(form);
  let isWrong = false;
  /** @param {string} text */
  const mark = (text) => {
    isWrong = text !== '';
    tell(text);
    input.toggleAttribute('aria-invalid', isWrong);
  };
  mark('');
  const body = fieldsOf(form);
  const button = find(form, 'button[type="submit"]', HTMLButtonElement);
  run(button, () => perform(form.dataset, body), mark).then(() => isWrong && input.focus());
});
