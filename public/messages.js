// What became of an action: good news goes by itself, bad news stays until it was read.

const SHOWN_MS = 8_000;
const KEPT = 'message for the next page';
const done = document.getElementById('done');
const problem = document.getElementById('problem');
let forget;

export function say(text) {
  clear();
  done.textContent = text;
  forget = setTimeout(clear, SHOWN_MS);
}

export function complain(text) {
  clear();
  problem.querySelector('p').textContent = text;
  problem.hidden = false;
}

export function clear() {
  clearTimeout(forget);
  done.textContent = '';
  problem.hidden = true;
  problem.querySelector('p').textContent = '';
}

/** Says it on the page that is opened next. */
export function keepMessage(text) {
  sessionStorage.setItem(KEPT, text);
}

export function showKeptMessage() {
  const text = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (text) say(text);
}

problem.querySelector('button').addEventListener('click', clear);
