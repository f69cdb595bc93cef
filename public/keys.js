// API keys: a new one, and a new secret for one. What is secret stands on the page until it is left, and nowhere else.

import { confirmed, run } from './actions.js';
import { clear, say } from './messages.js';
import { post } from './server.js';

const panel = document.getElementById('new-secret');

if (panel) {
  const secret = panel.querySelector('.secret');

  const show = ({ id, key }) => {
    secret.textContent = key;
    panel.querySelector('[data-done]').href = `/admin/keys/${encodeURIComponent(id)}`;
    panel.hidden = false;
  };

  panel.querySelector('[data-copy]').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(secret.textContent);
      say('The key is copied.');
    } catch {
      // Over plain HTTP browsers give no access to the clipboard.
      getSelection().selectAllChildren(secret);
      say('The key is selected: copy it with Ctrl+C.');
    }
  });

  // A browser may keep the page for its back button.
  addEventListener('pagehide', () => {
    secret.textContent = '';
    panel.hidden = true;
  });

  document.querySelector('form[data-new-key]')?.addEventListener('submit', async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const problem = form.querySelector('.field-problem');
    const complain = (text) => {
      problem.textContent = text;
      problem.hidden = text === '';
    };
    complain('');
    const fields = new FormData(form);
    const order = { ...Object.fromEntries(fields), scopes: fields.getAll('scopes') };
    const create = async () => {
      show(await post(form.dataset.newKey, order));
      form.closest('section').hidden = true;
    };
    await run(form.querySelector('button[type="submit"]'), create, complain);
    if (!panel.hidden) panel.focus();
  });

  document.addEventListener('submit', async (event) => {
    const form = event.target.closest('form[data-rotate]');
    if (!form) return;
    event.preventDefault();
    if (!(await confirmed(document.getElementById(form.dataset.dialog)))) return;
    clear();
    const rotate = async () => show(await post(form.dataset.rotate, Object.fromEntries(new FormData(form))));
    await run(form.querySelector('button[type="submit"]'), rotate);
    if (!panel.hidden) panel.focus();
  });
}
