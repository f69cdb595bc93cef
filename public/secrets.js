// What is told once: a new key, hook or webhook, or a new secret for one. It is on the page until the page is left, and
// nowhere else.

import { confirmed, run } from './actions.js';
import { find, findAll, nearest } from './dom.js';
import { fieldsOf, problemIn } from './forms.js';
import { say } from './messages.js';
import { post } from './server.js';

/**
 * Each `data-shown` of the panel names what it shows; a `data-part` with nothing to show is hidden.
 * @param {HTMLElement} panel
 * @param {import('./server.js').Answer} answer
 */
function fill(panel, answer) {
  for (const place of findAll(panel, '[data-shown]')) {
    const value = answer[place.dataset.shown ?? ''] ?? '';
    place.textContent = Array.isArray(value) ? value.join('\n') : value;
    const part = place.closest('[data-part]');
    if (part instanceof HTMLElement) part.hidden = place.textContent === '';
  }
  const done = find(panel, '[data-done]', HTMLAnchorElement);
  done.href = `${done.dataset.done}${encodeURIComponent(answer.id)}`;
}

/**
 * Posts a form, and shows what comes back. The form for something new is of no use any more.
 * @param {HTMLFormElement} form
 */
async function reveal(form) {
  const { secret: path = '', dialog } = form.dataset;
  const order = fieldsOf(form);
  if (dialog && !(await confirmed(find(document, `#${dialog}`, HTMLDialogElement)))) return;
  const panel = find(document, '.new-secret');
  const tell = problemIn(form);
  tell('');
  const work = async () => {
    fill(panel, await post(path, order));
    for (const card of findAll(document, '#new-form')) card.hidden = true;
    for (const input of form.querySelectorAll('input')) if (input.type === 'password') input.value = '';
    panel.hidden = false;
  };
  await run(find(form, 'button[type="submit"]', HTMLButtonElement), work, tell);
  if (!panel.hidden) panel.focus();
}

document.addEventListener('submit', (event) => {
  const form = nearest(event, 'form[data-secret]', HTMLFormElement);
  if (!form) return;
  event.preventDefault();
  reveal(form);
});

document.addEventListener('click', async (event) => {
  const button = nearest(event, '[data-copy]', HTMLButtonElement);
  if (!button?.parentElement) return;
  const text = find(button.parentElement, '.copied');
  const what = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text.textContent ?? '');
    say(`${what} is copied.`);
  } catch {
    // Browsers give no access to the clipboard over plain HTTP.
    getSelection()?.selectAllChildren(text);
    say(`${what} is selected: copy it with Ctrl+C.`);
  }
});

// The browser may keep the page in memory for its back button: whoever comes back finds the form, and no secret.
addEventListener('pagehide', () => {
  for (const card of findAll(document, '#new-form')) card.hidden = false;
  for (const panel of findAll(document, '.new-secret')) {
    for (const place of findAll(panel, '[data-shown]')) place.textContent = '';
    panel.hidden = true;
  }
});
