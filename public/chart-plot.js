// How the chart looks: bars that stand on each other, in the colours of the style sheet.

import uPlot from '/assets/vendor/uplot.js';

const HEIGHT = 220;
const FONT = '12px system-ui, sans-serif';
/** A quiet hour is not drawn as if it were a rush. */
const LEAST_TOP = 4;
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000];

/** Heights of the bars as they are drawn, one over the other: the whole first, the innermost last. */
export function stacked({ at, delivered, undelivered, failed }) {
  const sent = delivered.map((value, slot) => value + undelivered[slot]);
  return [at, sent.map((value, slot) => value + failed[slot]), sent, delivered];
}

/**
 * @param figure holds `.key` elements and the plot, whose colours are taken
 * @param onSlot hears which slot the pointer is on, null for none
 */
export function plotOptions({ figure, series, range, onSlot }) {
  const { at, stepMs } = series;
  const [start, end] = [at[0], at.at(-1) + stepMs];
  const area = figure.querySelector('.plot');
  const styleOf = (selector) => getComputedStyle(figure.querySelector(selector));
  const bars = (name) => ({
    fill: styleOf(`.key.${name}`).backgroundColor,
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars({ align: 1, size: [0.8, 36] }),
  });
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
      y: { range: (_plot, _least, most) => [0, Math.max(LEAST_TOP, most * 1.08)] },
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

function slotAt(plot, { start, end, stepMs }) {
  const { left } = plot.cursor;
  if (left === undefined || left < 0) return null;
  const at = plot.posToVal(left, 'x');
  return at < start || at >= end ? null : Math.floor((at - start) / stepMs);
}

function tickLabel(range) {
  const format =
    range === 'week' ? { weekday: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit' };
  return (at) => new Date(at).toLocaleString([], format);
}
