// The chart of the status page: what became of the codes, per slot of time, as stacked bars and as a table.

import './language.js';
import uPlot from '/assets/vendor/uplot.js';
import { plotOptions, stacked } from './chart-plot.js';
import { onRefresh } from './live.js';
import { get } from './server.js';

const LEAST_GAP_MS = 5_000;
const RANGES = ['hour', 'day', 'week'];

const DAY = { weekday: 'short', day: 'numeric', month: 'short' };
const TIME = { hour: '2-digit', minute: '2-digit' };

const figure = document.querySelector('[data-chart]');
const plotArea = figure.querySelector('.plot');
const number = (value) => value.toLocaleString('en');
let series = null;
let plot = null;
let loadedAt = 0;
let timer = null;

function chosenRange() {
  const range = new URLSearchParams(location.search).get('range');
  return RANGES.includes(range) ? range : 'day';
}

/** Of one slot, or of all: delivered, sent and not delivered, failed. */
function totals(slot) {
  const sum = (values) => (slot === null ? values.reduce((all, each) => all + each, 0) : (values[slot] ?? 0));
  return { delivered: sum(series.delivered), sent: sum(series.undelivered), failed: sum(series.failed) };
}

function slotTime(slot) {
  return new Date(series.at[slot]).toLocaleString([], chosenRange() === 'hour' ? TIME : { ...DAY, ...TIME });
}

/** Of the first step: the running one is not over, so the figures cover a little less than the whole range. */
function beginning() {
  const from = new Date(series.at[0]);
  const isToday = from.toDateString() === new Date().toDateString();
  return from.toLocaleString([], isToday ? TIME : { ...DAY, ...TIME });
}

/** @param slot the one under the pointer, or null */
function showLegend(slot) {
  for (const [name, value] of Object.entries(totals(slot))) {
    figure.querySelector(`[data-value="${name}"]`).textContent = number(value);
  }
  figure.querySelector('[data-value="when"]').textContent =
    slot === null ? `Since ${beginning()}` : `From ${slotTime(slot)}`;
}

function describe() {
  const { delivered, sent, failed } = totals(null);
  const all = delivered + sent + failed;
  const empty = all === 0;
  plotArea.hidden = empty;
  figure.querySelector('.legend').hidden = empty;
  figure.querySelector('details').hidden = empty;
  const caption = figure.querySelector('figcaption');
  // The legend says it to the eye already.
  caption.classList.toggle('unseen', !empty);
  caption.textContent = empty
    ? `No code was sent since ${beginning()}. As soon as one is, it shows here.`
    : `Since ${beginning()}: ${number(delivered)} delivered, ${number(sent)} sent but not delivered, ${number(failed)} failed or expired.`;
  if (!empty) showLegend(null);
  fillTable();
}

function fillTable() {
  const rows = series.at.flatMap((_at, slot) => {
    const { delivered, sent, failed } = totals(slot);
    if (delivered + sent + failed === 0) return [];
    const row = document.createElement('tr');
    const head = Object.assign(document.createElement('th'), { scope: 'row', textContent: slotTime(slot) });
    row.append(head, ...[delivered, sent, failed].map((value) => cell(number(value))));
    return [row];
  });
  figure.querySelector('tbody').replaceChildren(...rows.reverse());
}

function cell(textContent) {
  return Object.assign(document.createElement('td'), { textContent });
}

/** Anew: for another range, other colours. */
function draw() {
  plot?.destroy();
  plot = null;
  if (series === null || plotArea.hidden) return;
  plot = new uPlot(
    plotOptions({ figure, series, range: chosenRange(), onSlot: showLegend }),
    stacked(series),
    plotArea,
  );
}

async function load() {
  timer = null;
  loadedAt = Date.now();
  const range = chosenRange();
  const answer = await get(`/admin/api/stats?range=${range}`).catch(() => null);
  if (answer === null || range !== chosenRange()) return;
  const { sent, delivered } = answer.series;
  const undelivered = sent.map((value, slot) => Math.max(0, value - (delivered[slot] ?? 0)));
  series = { ...answer.series, undelivered };
  figure.hidden = false;
  describe();
  draw();
}

function loadSoon() {
  if (timer !== null) return;
  timer = setTimeout(load, Math.max(0, loadedAt + LEAST_GAP_MS - Date.now()));
}

function showRange() {
  for (const link of figure.querySelectorAll('[data-range]')) {
    if (link.dataset.range === chosenRange()) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  load();
}

figure.addEventListener('click', (event) => {
  const link = event.target.closest('[data-range]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.range === chosenRange()) return;
  history.pushState(null, '', link.href);
  showRange();
});

addEventListener('popstate', showRange);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
new ResizeObserver(() => {
  const width = plotArea.clientWidth;
  if (plot && width > 0 && width !== plot.width) plot.setSize({ width, height: plot.height });
}).observe(plotArea);
onRefresh(loadSoon);
showRange();
