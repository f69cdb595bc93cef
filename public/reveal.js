// The contacts of jobs and users: masked, shown in full on request, and masked again.

import { run } from './actions.js';
import { findAll, nearest } from './dom.js';
import { post } from './server.js';

/**
 * @param {HTMLElement} place
 * @param {HTMLButtonElement} button
 */
async function reveal(place, button) {
  const masked = findAll(place, '[data-number]');
  for (const each of masked) each.setAttribute('aria-live', 'polite');
  const answer = await post(button.dataset.reveal ?? '');
  place.dataset.kept = '';
  for (const each of masked) {
    each.dataset.masked = each.textContent ?? '';
    each.textContent = answer[each.dataset.number ?? ''];
  }
  nameAs(button, 'Hide');
}

/**
 * @param {HTMLElement} place
 * @param {HTMLButtonElement} button
 */
function hide(place, button) {
  for (const each of findAll(place, '[data-number]')) each.textContent = each.dataset.masked ?? '';
  delete place.dataset.kept;
  nameAs(button, 'Reveal');
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} verb
 */
function nameAs(button, verb) {
  button.textContent = verb;
  button.ariaLabel = button.ariaLabel?.replace(/^\w+/, verb) ?? verb;
}

document.addEventListener('click', (event) => {
  const button = nearest(event, 'button[data-reveal]', HTMLButtonElement);
  const place = nearest(event, '.reveal', HTMLElement);
  if (!button || !place || event.detail > 1) return;
  if (place.dataset.kept === undefined) run(button, () => reveal(place, button));
  else hide(place, button);
});
