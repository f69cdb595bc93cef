// The list of jobs: its filter form, contacts that are revealed (of users, too), and what is done with all jobs that match.

import { confirmed, run } from './actions.js';
import { complain, say } from './messages.js';
import { get, post } from './server.js';

const FILTER = ['status', 'q', 'since', 'from', 'to', 'before'];
const jobs = (count) => (count === 1 ? '1 job' : `${count.toLocaleString('en')} jobs`);

/** The words around each action, for a number of jobs. */
const BULK = {
  retry: {
    count: ({ retryable }) => retryable,
    text: (many) => [
      `${many} will go back to the queue, each with its own code.`,
      'Jobs whose code has expired, or was replaced by a newer one, are left out.',
    ],
    none: 'None of these jobs can be retried: only failed ones whose code is still valid can.',
    yes: (many) => `Retry ${many}`,
  },
  delete: {
    count: ({ deletable }) => deletable,
    text: (many) => [
      `${many} will be deleted for good, each with its timeline. This cannot be undone.`,
      'Jobs that are pending or processing stay.',
    ],
    none: 'None of these jobs can be deleted: pending and processing jobs stay.',
    yes: (many) => `Delete ${many}`,
  },
};

async function askThenDo(button, action) {
  const words = BULK[action];
  const dialog = document.getElementById(`bulk-${action}`);
  const yes = dialog.querySelector('[value="yes"]');
  const filter = pageFilter();
  const write = (lines, label, possible) => {
    const made = lines.map((line) => Object.assign(document.createElement('p'), { textContent: line }));
    dialog.querySelector('.prose').replaceChildren(...made);
    yes.textContent = label;
    yes.disabled = !possible;
  };
  write(['Counting the jobs …'], words.yes('jobs'), false);
  const answer = confirmed(dialog);
  let preview;
  try {
    preview = await get(`/admin/api/jobs/bulk?${new URLSearchParams(filter)}`);
  } catch (error) {
    dialog.close('no');
    return complain(error.message);
  }
  const count = words.count(preview);
  const many = `${preview.atLeast ? 'at least ' : ''}${jobs(count)}`;
  if (count > 0) write(words.text(many[0].toUpperCase() + many.slice(1)), words.yes(many), true);
  else write([words.none], words.yes('jobs'), false);
  if (!(await answer)) return;
  run(button, async () => {
    const { message } = await post(`/admin/api/jobs/${action}`, { ...filter, upTo: preview.upTo });
    say(message);
  });
}

/** The filter that the page shows: the one in its address. */
function pageFilter() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(FILTER.map((name) => [name, query.get(name) ?? '']).filter(([, value]) => value));
}

async function reveal(button) {
  const place = button.closest('.reveal');
  const masked = place.querySelectorAll('[data-number]');
  for (const each of masked) each.setAttribute('aria-live', 'polite');
  const answer = await post(button.dataset.reveal);
  place.dataset.kept = '';
  for (const each of masked) {
    each.dataset.masked = each.textContent;
    each.textContent = answer[each.dataset.number];
  }
  nameAs(button, 'Hide');
}

function hide(button) {
  const place = button.closest('.reveal');
  for (const each of place.querySelectorAll('[data-number]')) each.textContent = each.dataset.masked;
  delete place.dataset.kept;
  nameAs(button, 'Reveal');
}

function nameAs(button, verb) {
  button.textContent = verb;
  button.setAttribute('aria-label', button.getAttribute('aria-label').replace(/^\w+/, verb));
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-bulk], button[data-reveal]');
  if (!button || event.detail > 1) return;
  if (button.closest('[data-kept]')) hide(button);
  else if (button.dataset.reveal) run(button, () => reveal(button));
  else askThenDo(button, button.dataset.bulk);
});

/** The form shows UTC until a script can show the reader's own zone; the address always holds UTC. */
function useLocalTimes(form) {
  const pad = (number) => String(number).padStart(2, '0');
  for (const input of form.querySelectorAll('input[type="datetime-local"]')) {
    const at = new Date(input.dataset.utc ?? '');
    if (Number.isNaN(at.getTime())) continue;
    const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
    input.value = `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
  }
  for (const zone of form.querySelectorAll('[data-zone]')) zone.textContent = '(your time)';
  form.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of [...formData]) {
      if (value === '') formData.delete(name);
      else if (name === 'from' || name === 'to') formData.set(name, new Date(value).toISOString());
    }
  });
  // The two ways to name a time exclude each other.
  form.since.addEventListener('change', () => {
    if (form.since.value) form.from.value = form.to.value = '';
  });
  for (const input of [form.from, form.to]) {
    input.addEventListener('input', () => {
      form.since.value = '';
    });
  }
}

const form = document.querySelector('form[data-filter]');
if (form) useLocalTimes(form);
