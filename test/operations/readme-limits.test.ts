import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../../database/root.js';
import { RULES } from '../../src/limits/rules.js';

interface Shown {
  per: string;
  count: number;
  periodMs: number;
  what: string;
  answer: string;
  variable?: string;
  eased?: true;
}

const UNITS = [
  [24 * 60 * 60_000, 'day'],
  [60 * 60_000, 'hour'],
  [60_000, 'minute'],
] as const;

function duration(ms: number): string {
  const [unitMs, unit] = UNITS.find(([unitMs]) => ms % unitMs === 0) ?? [1_000, 'second'];
  const many = ms / unitMs;
  return many === 1 ? `1 ${unit}` : `${many} ${unit}s`;
}

it('the table of limits in the README is that of the code', () => {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  const [, table] = /<!-- limits: [^>]*-->\n(?:\|.*\n){2}((?:\|.*\n)+)/.exec(readme) ?? [];
  const rows = Object.entries(RULES as Record<string, Shown>).map(([name, rule]) => {
    const named = rule.variable ? `\`${name}\` (\`${rule.variable}\`)` : `\`${name}\``;
    const count = rule.count === 0 ? '–' : `${rule.count}${rule.eased ? '\\*' : ''}`;
    return `| ${named} | ${rule.per} | ${count} | ${duration(rule.periodMs)} | ${rule.what} | ${rule.answer} |\n`;
  });
  expect(table).toBe(rows.join(''));
});
