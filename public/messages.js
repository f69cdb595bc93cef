// The result of an action: good news disappears by itself, bad news stays until it is dismissed.

import { find } from './dom.js';

const SHOWN_MS = 8_000;
const KEPT = 'message for the next page';
const done = find(document, '#done');
const problem = find(document, '#problem');
const problemText = find(problem, 'p');
/** @type {number | undefined} */
let forget;

/** @param {string} text */
export function say(text) {
  clear();
  done.textContent = text;
  forget = setTimeout(clear, SHOWN_MS);
}

/** @param {string} text */
export function complain(text) {
  clear();
  problemText.textContent = text;
  problem.hidden = false;
}

export function clear() {
  clearTimeout(forget);
  done.textContent = '';
  problem.hidden = true;
  problemText.textContent = '';
}

/**
 * Shows it on the page that is opened next.
 * @param {string} text
 */
export function keepMessage(text) {
  sessionStorage.setItem(KEPT, text);
}

export function showKeptMessage() {
  const text = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (text) say(text);
}

find(problem, 'button').addEventListener('click', clear);
