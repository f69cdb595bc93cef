// The chart in words: its legend, its caption, and the table of the same figures.

import { element, find } from '../dom.js';

/** @typedef {import('./plot.js').Series} Series */

/** @type {Intl.DateTimeFormatOptions} */
const DAY = { weekday: 'short', day: 'numeric', month: 'short' };
/** @type {Intl.DateTimeFormatOptions} */
const TIME = { hour: '2-digit', minute: '2-digit' };

/** @param {number} value */
const number = (value) => value.toLocaleString('en');

/**
 * Totals of one slot, or of all: delivered, sent but not delivered, failed.
 * @param {Series} series
 * @param {number | null} slot
 */
function totals({ delivered, undelivered, failed }, slot) {
  /** @param {number[]} values */
  const sum = (values) => (slot === null ? values.reduce((all, each) => all + each, 0) : (values[slot] ?? 0));
  return { delivered: sum(delivered), sent: sum(undelivered), failed: sum(failed) };
}

/**
 * @param {Series} series
 * @param {number} slot
 */
function slotTime({ at, stepMs }, slot) {
  const isWithinHour = at.length * stepMs <= 3_600_000;
  return new Date(at[slot] ?? 0).toLocaleString([], isWithinHour ? TIME : { ...DAY, ...TIME });
}

/**
 * When the first slot begins: the current one is not over, so the figures cover a little less than the whole range.
 * @param {Series} series
 */
function beginning({ at }) {
  const from = new Date(at[0] ?? 0);
  const isToday = from.toDateString() === new Date().toDateString();
  return from.toLocaleString([], isToday ? TIME : { ...DAY, ...TIME });
}

/**
 * @param {HTMLElement} figure
 * @param {Series} series
 * @param {number | null} slot the one under the pointer, or null
 */
export function showLegend(figure, series, slot) {
  for (const [name, value] of Object.entries(totals(series, slot))) {
    find(figure, `[data-value="${name}"]`).textContent = number(value);
  }
  find(figure, '[data-value="when"]').textContent =
    slot === null ? `Since ${beginning(series)}` : `From ${slotTime(series, slot)}`;
}

/**
 * @param {HTMLElement} figure
 * @param {Series} series
 */
export function describe(figure, series) {
  const { delivered, sent, failed } = totals(series, null);
  const empty = delivered + sent + failed === 0;
  for (const part of ['.plot', '.legend', 'details']) find(figure, part).hidden = empty;
  const caption = find(figure, 'figcaption');
  // Sighted readers have the legend.
  caption.classList.toggle('unseen', !empty);
  caption.textContent = empty
    ? `No code was sent since ${beginning(series)}. As soon as one is, it shows here.`
    : `Since ${beginning(series)}: ${number(delivered)} delivered, ${number(sent)} sent but not delivered, ${number(failed)} failed or expired.`;
  if (!empty) showLegend(figure, series, null);
  fillTable(figure, series);
}

/**
 * @param {HTMLElement} figure
 * @param {Series} series
 */
function fillTable(figure, series) {
  const rows = series.at.flatMap((_at, slot) => {
    const values = Object.values(totals(series, slot));
    if (values.every((value) => value === 0)) return [];
    const head = element('th', { scope: 'row', textContent: slotTime(series, slot) });
    return [element('tr', {}, head, ...values.map((value) => element('td', { textContent: number(value) })))];
  });
  find(figure, 'tbody').replaceChildren(...rows.reverse());
}
