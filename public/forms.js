// What a form holds, and where it says what is wrong with it.

import { find, findAll } from './dom.js';

/**
 * The fields by their names; the checkboxes of a `data-list` are one list.
 * @param {HTMLFormElement} form
 * @returns {Record<string, FormDataEntryValue | FormDataEntryValue[]>}
 */
export function fieldsOf(form) {
  const fields = new FormData(form);
  const lists = [...findAll(form, '[data-list]')].map(({ dataset: { list = '' } }) => list);
  return {
    ...Object.fromEntries(fields),
    ...Object.fromEntries(lists.map((name) => [name, fields.getAll(name)])),
  };
}

/**
 * Shows a sentence at the form; an empty one takes it away.
 * @param {HTMLFormElement} form
 * @returns {(text: string) => void}
 */
export function problemIn(form) {
  const problem = find(form, '.field-problem');
  return (text) => {
    problem.textContent = text;
    problem.hidden = text === '';
  };
}
