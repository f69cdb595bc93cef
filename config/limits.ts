import * as z from 'zod';
import { RULES, type Rule, type RuleName, type Rules, rulesOf } from '../src/limits/rules.js';

const ENTRY = /^([a-z-]+)=(\d{1,9})(?:\/(\d{1,9}))?$/;

/** `name=count/seconds,…`; without seconds the rule's own time, and 0 for no limit. */
export const limitOverrides = z.string().transform((text, context) => {
  const overrides: Partial<Record<RuleName, Rule>> = {};
  for (const entry of text.split(',').map((each) => each.trim())) {
    const [, name = '', count, seconds] = ENTRY.exec(entry) ?? [];
    const known = Object.hasOwn(RULES, name) ? RULES[name as RuleName] : null;
    if (known === null || Number(seconds) === 0 || Object.hasOwn(overrides, name)) {
      context.addIssue({
        code: 'custom',
        message:
          'must be like address-sends=60/600,mails=300/3600, each name from the table of limits, and once',
      });
      return z.NEVER;
    }
    const { periodMs } = known;
    overrides[name as RuleName] = {
      ...('blockMs' in known && { blockMs: known.blockMs }),
      ...('aligned' in known && { aligned: known.aligned }),
      count: Number(count),
      periodMs: seconds === undefined ? periodMs : Number(seconds) * 1_000,
    };
  }
  return overrides;
});

/**
 * The rules with what the configuration says instead; the variable of a rule gives way to LIMITS, and a part of another
 * rule follows that rule unless LIMITS names it.
 */
export function limitsOf(
  values: Record<string, unknown> & { LIMITS?: Partial<Record<RuleName, Rule>> | undefined },
  settings: { eased: boolean },
): Rules {
  const rules = rulesOf({ ...settings, overrides: {} });
  const changed = Object.entries(RULES).flatMap(([name, rule]) => {
    const count = 'variable' in rule ? values[rule.variable] : undefined;
    return typeof count === 'number' ? [[name, { ...rules[name as RuleName], count }]] : [];
  });
  const set = { ...rules, ...(Object.fromEntries(changed) as Partial<Rules>), ...values.LIMITS };
  const parts = Object.entries(RULES).flatMap(([name, rule]) => {
    if (!('partOf' in rule) || values.LIMITS?.[name as RuleName]) return [];
    const count = Math.ceil(set[rule.partOf.rule].count * rule.partOf.part);
    return [[name, { ...set[name as RuleName], count }]];
  });
  return { ...set, ...(Object.fromEntries(parts) as Partial<Rules>) };
}
