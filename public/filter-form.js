// The form that filters the jobs: it shows UTC until the script converts to the reader's time zone; the address is in UTC.

import { find, findAll } from './dom.js';

/** @param {number} number */
const pad = (number) => String(number).padStart(2, '0');

/** @param {HTMLFormElement} form */
function useLocalTimes(form) {
  const [from, to] = [find(form, '#from', HTMLInputElement), find(form, '#to', HTMLInputElement)];
  const since = find(form, '#since', HTMLSelectElement);
  for (const input of [from, to]) {
    const at = new Date(input.dataset.utc ?? '');
    if (Number.isNaN(at.getTime())) continue;
    const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
    input.value = `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
  }
  for (const zone of findAll(form, '[data-zone]')) zone.textContent = '(your time)';
  form.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of [...formData]) {
      if (value === '') formData.delete(name);
      else if (name === 'from' || name === 'to') formData.set(name, new Date(String(value)).toISOString());
    }
  });
  // The two ways to give a time exclude each other.
  since.addEventListener('change', () => {
    if (since.value) from.value = to.value = '';
  });
  for (const input of [from, to]) {
    input.addEventListener('input', () => {
      since.value = '';
    });
  }
}

const form = document.querySelector('form[data-filter]');
if (form instanceof HTMLFormElement) useLocalTimes(form);
