// Keeps the dashboard current: fetches the page again and takes over its live parts; runs what the buttons say.

const POLL_MS = 2500;
const csrfToken = document.querySelector('meta[name="csrf-token"]').content;
const message = document.getElementById('message');
let hideMessage;

function say(text, tone) {
  clearTimeout(hideMessage);
  message.textContent = text;
  message.className = `notice ${tone}`;
  message.hidden = false;
  if (tone === 'good') hideMessage = setTimeout(() => (message.hidden = true), 8000);
}

/** Times in the reader's own zone; today's without the date. */
function localize(root) {
  for (const time of root.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    const today = at.toDateString() === new Date().toDateString();
    time.textContent = today ? at.toLocaleTimeString() : at.toLocaleString();
    time.title = time.dateTime;
  }
}

async function refresh() {
  const response = await fetch('/admin/status', { headers: { Accept: 'text/html' } });
  if (new URL(response.url).pathname === '/admin/login') return location.assign('/admin/login');
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  localize(fresh);
  document.title = fresh.title;
  for (const part of document.querySelectorAll('[data-live]')) {
    const next = fresh.getElementById(part.id);
    // Left alone while nothing changed: a focused button keeps its focus, the QR does not flicker.
    if (next && !part.isEqualNode(next)) part.replaceWith(document.adoptNode(next));
  }
  const form = document.getElementById('pairing-form');
  form.hidden = fresh.getElementById('pairing-form').hidden;
}

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'X-CSRF-Token': csrfToken, 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
  if (response.status === 401) return location.assign('/admin/login');
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

async function run(button, path, body, done) {
  button.disabled = true;
  try {
    await post(path, body);
    say(done, 'good');
    await refresh();
  } catch (error) {
    say(error.message, 'bad');
  } finally {
    button.disabled = false;
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-post]');
  if (!button) return;
  if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
  run(button, button.dataset.post, null, button.dataset.done);
});

document.getElementById('pairing-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const phoneNumber = form.phoneNumber.value.replace(/[\s().-]/g, '');
  run(
    form.querySelector('button'),
    '/admin/api/session/pairing-code',
    { phoneNumber },
    'Type the code on the phone.',
  );
});

/** Only while somebody can see it: a forgotten tab lets its session end. */
async function poll() {
  try {
    if (!document.hidden) {
      await refresh();
      if (message.dataset.offline) {
        delete message.dataset.offline;
        message.hidden = true;
      }
    }
  } catch {
    message.dataset.offline = 'yes';
    say('The gateway does not answer. Trying again …', 'bad');
  }
  setTimeout(poll, POLL_MS);
}

localize(document);
setTimeout(poll, POLL_MS);
document.addEventListener('visibilitychange', () => document.hidden || refresh().catch(() => {}));
