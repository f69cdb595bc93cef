// Actions on all jobs that match the list's filter: the server says how many there are, and how to ask.

import { confirmed, run } from './actions.js';
import { element, find, messageOf, nearest } from './dom.js';
import { complain, say } from './messages.js';
import { get, post } from './server.js';

const FILTER = ['status', 'q', 'caller', 'since', 'from', 'to', 'before'];

/** The filter of this page, from its address. */
function pageFilter() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(FILTER.map((name) => [name, query.get(name) ?? '']).filter(([, value]) => value));
}

/**
 * `write` puts a question into its dialog; `restore` puts the dialog back as the page had it.
 * @param {HTMLDialogElement} dialog
 */
function writer(dialog) {
  const prose = find(dialog, '.prose');
  const yes = find(dialog, '[value="yes"]', HTMLButtonElement);
  const lines = [...prose.childNodes];
  const label = yes.textContent;
  return {
    /** @param {{ text: string[], yes: string, possible: boolean }} question */
    write(question) {
      prose.replaceChildren(...question.text.map((textContent) => element('p', { textContent })));
      yes.textContent = question.yes;
      yes.disabled = !question.possible;
    },
    restore() {
      prose.replaceChildren(...lines);
      yes.textContent = label;
      yes.disabled = true;
    },
  };
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} action
 */
async function askThenDo(button, action) {
  const dialog = find(document, `#bulk-${action}`, HTMLDialogElement);
  const { write, restore } = writer(dialog);
  const filter = pageFilter();
  const answer = confirmed(dialog);
  answer.finally(restore);
  /** @type {Record<string, any>} */
  let asked;
  try {
    asked = await get(`/admin/api/jobs/bulk/questions?${new URLSearchParams(filter)}`);
  } catch (error) {
    dialog.close('no');
    return complain(messageOf(error));
  }
  if (dialog.open) write(asked[action]);
  if (!(await answer)) return;
  run(button, async () => {
    const { message } = await post(`/admin/api/jobs/${action}`, { ...filter, upTo: asked.upTo });
    say(message);
  });
}

document.addEventListener('click', (event) => {
  const button = nearest(event, 'button[data-bulk]', HTMLButtonElement);
  if (button?.dataset.bulk && event.detail <= 1) askThenDo(button, button.dataset.bulk);
});
