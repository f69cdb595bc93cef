// API keys: a new key, or a new secret for one. The secret is on the page until the page is left, and nowhere else.

import { confirmed, run } from './actions.js';
import { find, findAll, nearest } from './dom.js';
import { say } from './messages.js';
import { post } from './server.js';

/**
 * Makes a key or a secret with the button busy, then shows it.
 * @param {HTMLFormElement} form
 * @param {() => Promise<import('./server.js').Answer>} make
 * @param {(text: string) => void} [tell] shows why it failed
 */
async function reveal(form, make, tell) {
  const panel = find(document, '.new-secret');
  const work = async () => {
    const { id, key } = await make();
    find(panel, '.secret').textContent = key;
    find(panel, '[data-key-link]', HTMLAnchorElement).href = `/admin/keys/${encodeURIComponent(id)}`;
    panel.hidden = false;
  };
  await run(find(form, 'button[type="submit"]', HTMLButtonElement), work, tell);
  if (!panel.hidden) panel.focus();
}

/** @param {HTMLFormElement} form */
function create(form) {
  const problem = find(form, '.field-problem');
  /** @param {string} text */
  const tell = (text) => {
    problem.textContent = text;
    problem.hidden = text === '';
  };
  tell('');
  const fields = new FormData(form);
  const order = { ...Object.fromEntries(fields), scopes: fields.getAll('scopes') };
  const make = async () => {
    const answer = await post('/admin/api/keys', order);
    find(document, '#key-form').hidden = true;
    return answer;
  };
  return reveal(form, make, tell);
}

/** @param {HTMLFormElement} form */
async function rotate(form) {
  const { rotate: path = '' } = form.dataset;
  const answer = Object.fromEntries(new FormData(form));
  if (!(await confirmed(find(document, '#rotate-dialog', HTMLDialogElement)))) return;
  await reveal(form, () => post(path, answer));
}

document.addEventListener('submit', (event) => {
  const form = nearest(event, 'form[data-new-key], form[data-rotate]', HTMLFormElement);
  if (!form) return;
  event.preventDefault();
  if ('newKey' in form.dataset) create(form);
  else rotate(form);
});

document.addEventListener('click', async (event) => {
  if (!nearest(event, '[data-copy]', HTMLButtonElement)) return;
  const secret = find(document, '.new-secret .secret');
  try {
    await navigator.clipboard.writeText(secret.textContent ?? '');
    say('The key is copied.');
  } catch {
    // Browsers give no access to the clipboard over plain HTTP.
    getSelection()?.selectAllChildren(secret);
    say('The key is selected: copy it with Ctrl+C.');
  }
});

// The browser may keep the page in memory for its back button: whoever comes back finds the form, and no secret.
addEventListener('pagehide', () => {
  for (const form of findAll(document, '#key-form')) form.hidden = false;
  for (const panel of findAll(document, '.new-secret')) {
    find(panel, '.secret').textContent = '';
    panel.hidden = true;
  }
});
