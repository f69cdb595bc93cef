import { SHOWN_STATUSES, type ShownStatus } from '../../delivery/job.js';
import { type CallerNames, callerChoices, callerWords } from '../callers/caller-names.js';
import { capitalized } from '../capitalized.js';
import { choices, pageSizes } from '../choices.js';
import type { Href } from '../list-request.js';
import { type FilterText, SINCE } from './filter-request.js';

/** The form that filters the jobs, filled in. */
export function filterForm(text: FilterText, pageSize: number, names: CallerNames) {
  const times = Object.entries(SINCE).map(([value, { label }]) => ({ value, label }));
  const statuses = SHOWN_STATUSES.map((status) => ({ value: status, label: capitalized(status) }));
  return {
    q: text.q,
    callers: choices(callerChoices(names), text.caller),
    statuses: choices(statuses, text.status),
    times: choices(times, text.since),
    pageSizes: pageSizes(pageSize),
    range: { isOpen: Boolean(text.from || text.to), ends: [end('from', text.from), end('to', text.to)] },
  };
}

/** The filters in use, each with the way to the list without it; `at` instead of words is a time. */
export function filterChips(text: FilterText, names: CallerNames, href: Href) {
  const chip = (label: string, name: keyof FilterText, shown: { words?: string; at?: string }) =>
    text[name] ? [{ label, words: null, at: null, ...shown, href: href({ [name]: null }) }] : [];
  return [
    ...chip('Status', 'status', { words: text.status }),
    ...chip('Search', 'q', { words: text.q }),
    ...chip('Caller', 'caller', { words: callerWords(text.caller, names) }),
    ...chip('Time', 'since', { words: SINCE[text.since]?.label ?? text.since }),
    ...chip('From', 'from', { at: text.from }),
    ...chip('To', 'to', { at: text.to }),
    ...chip('Older than', 'before', { words: `#${text.before}` }),
  ];
}

/** How many jobs there are of each status, with the way to them. */
export function countLinks(
  counts: Record<ShownStatus, number>,
  hrefTo: (status: ShownStatus) => string,
  current = '',
) {
  return SHOWN_STATUSES.map((status) => ({
    status,
    count: counts[status].toLocaleString('en'),
    href: hrefTo(status),
    isCurrent: status === current,
  }));
}

/** An end of a range of times: a form field knows no seconds, so the whole time stands beside it. */
function end(name: 'from' | 'to', iso: string) {
  return { name, label: capitalized(name), minute: iso.slice(0, 16), iso };
}
