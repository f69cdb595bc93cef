// Requests to the JSON behind the pages.

import { find } from './dom.js';

/** @typedef {Record<string, any>} Answer the body of a response */

const UNREACHABLE = 'The server did not answer. Check on this page whether it happened before you try again.';

/**
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<Answer>}
 */
async function ask(path, options) {
  const response = await fetch(path, { cache: 'no-store', ...options }).catch(() => null);
  if (response === null) throw new Error(UNREACHABLE);
  if (response.status === 401) {
    location.assign('/admin/login');
    // The page is being left: there is nothing more to do here.
    return new Promise(() => {});
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    throw new Error(answer?.message ?? `The server could not do that (HTTP ${response.status}).`);
  }
  return answer;
}

/** @param {string} path */
export function get(path) {
  return ask(path, { headers: { Accept: 'application/json' } });
}

/**
 * @param {string} path
 * @param {object} [body]
 */
export function post(path, body = {}) {
  return ask(path, {
    method: 'POST',
    headers: {
      'X-CSRF-Token': find(document, 'meta[name="csrf-token"]', HTMLMetaElement).content,
      'Content-Type': 'application/json',
      Accept: 'application/json',
    },
    body: JSON.stringify(body),
  });
}
