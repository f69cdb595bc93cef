// Buttons and forms with `data-post`: one request for one press, however often it is clicked.

import { refresh } from './live.js';
import { clear, complain, keepMessage, say } from './messages.js';
import { post } from './server.js';

/**
 * Runs `work` with the button busy, then takes over what changed. The focus stays where the hand was.
 * @param tell shows why it failed
 */
export async function run(button, work, tell = complain) {
  if (button.disabled) return;
  const hadFocus = document.activeElement === button;
  const surroundings = button.closest('tr, section') ?? document.getElementById('main');
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  clear();
  try {
    await work();
  } catch (error) {
    tell(error.message);
  } finally {
    button.disabled = false;
    button.removeAttribute('aria-busy');
  }
  if (hadFocus) button.focus();
  await refresh();
  if (hadFocus && document.activeElement === document.body) focusWithin(surroundings);
}

function focusWithin(surroundings) {
  const next = surroundings.isConnected ? surroundings.querySelector('a[href], button:enabled') : null;
  (next ?? document.getElementById('main')).focus();
}

/** Shows a dialog; resolves with whether its "yes" was pressed. */
export function confirmed(dialog) {
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

async function perform({ post: path, done, note, next }, body) {
  const { message } = await post(path, body);
  const text = note ? `${message ?? done} ${note}` : (message ?? done);
  if (next === undefined) return say(text);
  keepMessage(text);
  location.assign(next);
  // Busy until the page is left.
  return new Promise(() => {});
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-post]');
  // The second click of a double click may hit a button that has just changed its meaning.
  if (!button || event.detail > 1) return;
  // As it was pressed: a refresh during the question may change the button.
  const pressed = { ...button.dataset };
  if (pressed.dialog && !(await confirmed(document.getElementById(pressed.dialog)))) return;
  run(button, () => perform(pressed));
});

// A key that is held down presses a button again and again.
document.addEventListener('keydown', (event) => {
  if (event.repeat && event.key === 'Enter' && event.target.closest('button')) event.preventDefault();
});

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-post]');
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector('button[type="submit"]');
  const input = form.querySelector('input');
  const problem = form.querySelector('.field-problem');
  const mark = (text) => {
    problem.textContent = text;
    problem.hidden = text === '';
    input.toggleAttribute('aria-invalid', text !== '');
  };
  mark('');
  if (input.value.trim() === '') {
    mark('Enter the phone’s number in international form, such as +201001234567.');
    return input.focus();
  }
  run(button, () => perform(form.dataset, { phoneNumber: input.value }), mark);
});
