import { performance } from 'node:perf_hooks';

/** The middle value; benchmarks here compare medians of interleaved rounds of one run. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export async function seconds(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return (performance.now() - startedAt) / 1000;
}

export interface Finding {
  what: string;
  value: string;
  bar: string;
  met: boolean;
}

export function atLeast(what: string, value: number, bar: number): Finding {
  return { what, value: value.toFixed(2), bar: `≥ ${bar}`, met: value >= bar };
}

export function atMost(what: string, value: number, bar: number, unit = ''): Finding {
  return {
    what,
    value: `${value.toFixed(unit === '' ? 2 : 1)}${unit}`,
    bar: `≤ ${bar}${unit}`,
    met: value <= bar,
  };
}
