// The chart of the status page: what became of the codes, per slot of time, as stacked bars and in words.

import './language.js';
import uPlot from '/assets/vendor/uplot.js';
import { find, findAll, nearest } from '../dom.js';
import { onRefresh } from '../live.js';
import { get } from '../server.js';
import { plotOptions, stacked } from './plot.js';
import { describe, showLegend } from './words.js';

const MIN_GAP_MS = 5_000;

const figure = find(document, '[data-chart]');
const plotArea = find(figure, '.plot');
const rangeLinks = [...findAll(figure, '[data-range]')];
/** @type {import('./plot.js').Series | null} */
let series = null;
/** @type {uPlot | null} */
let plot = null;
let loadedAt = 0;
/** @type {number | null} */
let timer = null;

function chosenRange() {
  const asked = new URLSearchParams(location.search).get('range');
  return rangeLinks.find(({ dataset }) => dataset.range === asked)?.dataset.range ?? 'day';
}

/** Draws from scratch, for a new range or new colours. */
function draw() {
  plot?.destroy();
  plot = null;
  if (series === null || plotArea.hidden) return;
  const shown = series;
  plot = new uPlot(
    plotOptions({
      figure,
      series: shown,
      range: chosenRange(),
      onSlot: (slot) => showLegend(figure, shown, slot),
    }),
    stacked(shown),
    plotArea,
  );
}

async function load() {
  loadedAt = Date.now();
  const range = chosenRange();
  const answer = await get(`/admin/api/stats?range=${range}`).catch(() => null);
  if (answer === null || range !== chosenRange()) return;
  /** @type {Record<'sent' | 'delivered', number[]>} */
  const { sent, delivered } = answer.series;
  const undelivered = sent.map((value, slot) => Math.max(0, value - (delivered[slot] ?? 0)));
  /** @type {import('./plot.js').Series} */
  const loaded = { ...answer.series, undelivered };
  series = loaded;
  figure.hidden = false;
  describe(figure, loaded);
  draw();
}

function loadSoon() {
  if (timer !== null) return;
  const run = () => {
    timer = null;
    // Hidden meanwhile: the refresh on its return asks again.
    if (!document.hidden) load();
  };
  timer = setTimeout(run, Math.max(0, loadedAt + MIN_GAP_MS - Date.now()));
}

function showRange() {
  for (const link of rangeLinks) {
    if (link.dataset.range === chosenRange()) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  load();
}

figure.addEventListener('click', (event) => {
  const link = nearest(event, '[data-range]', HTMLAnchorElement);
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
