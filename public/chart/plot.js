// How the chart looks: stacked bars in the colours of the style sheet.

import uPlot from '/assets/vendor/uplot.js';
import { find } from '../dom.js';

const HEIGHT = 220;
const FONT = '12px system-ui, sans-serif';
/** The lowest top of the scale, so that a quiet hour does not look like a rush. */
const MIN_TOP = 4;
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000];

/**
 * Counts per time slot; `at` is when each slot begins.
 * @typedef {Record<'at' | 'delivered' | 'undelivered' | 'failed', number[]> & { stepMs: number }} Series
 */

/**
 * Heights of the bars, drawn one over the other: the total first, the innermost last.
 * @param {Series} series
 * @returns {uPlot.AlignedData}
 */
export function stacked({ at, delivered, undelivered, failed }) {
  const sent = delivered.map((value, slot) => value + (undelivered[slot] ?? 0));
  return [at, sent.map((value, slot) => value + (failed[slot] ?? 0)), sent, delivered];
}

/**
 * @param {object} chart
 * @param {HTMLElement} chart.figure holds the `.key` elements and the plot, whose colours are used
 * @param {Series} chart.series
 * @param {string} chart.range
 * @param {(slot: number | null) => void} chart.onSlot called with the slot that the pointer is on, null for none
 * @returns {uPlot.Options}
 */
export function plotOptions({ figure, series, range, onSlot }) {
  const { at, stepMs } = series;
  const [start = 0, last = 0] = [at[0], at.at(-1)];
  const end = last + stepMs;
  const paths = uPlot.paths.bars?.({ align: 1, size: [0.8, 36] });
  const area = find(figure, '.plot');
  /**
   * @param {string} name
   * @returns {uPlot.Series}
   */
  const bars = (name) => ({
    fill: getComputedStyle(find(figure, `.key.${name}`)).backgroundColor,
    width: 0,
    points: { show: false },
    ...(paths && { paths }),
  });
  /** @type {uPlot.Axis} */
  const axis = {
    stroke: getComputedStyle(area).color,
    font: FONT,
    ticks: { show: false },
    grid: { stroke: getComputedStyle(area).borderTopColor, width: 1 },
  };
  return {
    width: area.clientWidth,
    height: HEIGHT,
    ms: 1,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { range: () => [start, end] },
      y: { range: (_plot, _min, max) => [0, Math.max(MIN_TOP, max * 1.08)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 36,
        gap: 10,
        space: 72,
        values: (_plot, ticks) => ticks.map(tickLabel(range)),
      },
      { ...axis, size: 44, incrs: WHOLE_STEPS },
    ],
    series: [{}, bars('failed'), bars('sent'), bars('delivered')],
    hooks: { setCursor: [(plot) => onSlot(slotAt(plot, { start, end, stepMs }))] },
  };
}

/**
 * @param {uPlot} plot
 * @param {{ start: number, end: number, stepMs: number }} slots
 */
function slotAt(plot, { start, end, stepMs }) {
  const { left } = plot.cursor;
  if (left === undefined || left < 0) return null;
  const at = plot.posToVal(left, 'x');
  return at < start || at >= end ? null : Math.floor((at - start) / stepMs);
}

/** @param {string} range */
function tickLabel(range) {
  /** @type {Intl.DateTimeFormatOptions} */
  const format =
    range === 'week' ? { weekday: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit' };
  /** @param {number} at */
  return (at) => new Date(at).toLocaleString([], format);
}
