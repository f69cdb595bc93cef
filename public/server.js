// Requests to the JSON behind the pages.

const UNREACHABLE = 'The server did not answer. Check on this page whether it happened before you try again.';

async function ask(path, options) {
  const response = await fetch(path, { cache: 'no-store', ...options }).catch(() => null);
  if (response === null) throw new Error(UNREACHABLE);
  if (response.status === 401) {
    location.assign('/admin/login');
    // The page is being left: nothing more to say here.
    return new Promise(() => {});
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    throw new Error(answer?.message ?? `The server could not do that (HTTP ${response.status}).`);
  }
  return answer;
}

export function get(path) {
  return ask(path, { headers: { Accept: 'application/json' } });
}

export function post(path, body = {}) {
  const csrfToken = document.querySelector('meta[name="csrf-token"]').content;
  return ask(path, {
    method: 'POST',
    headers: { 'X-CSRF-Token': csrfToken, 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body),
  });
}
