import type { Request } from 'express';
import { isoOrNull } from '../../clock.js';
import { SHOWN_STATUSES } from '../../delivery/job.js';
import type { JobFilter } from '../../delivery/operators/jobs.js';
import { ownField } from '../../http/answer.js';
import { jobNumber, queryOf } from '../../http/query.js';
import { typedTime } from '../../typed/time.js';
import { bad, plainText, readPage, searchText } from '../list-request.js';

const HOUR_MS = 3_600_000;
/** Times relative to now, as they appear in links. */
export const SINCE: Record<string, { ms: number; label: string }> = {
  '1h': { ms: HOUR_MS, label: 'Last hour' },
  '24h': { ms: 24 * HOUR_MS, label: 'Last 24 hours' },
  '7d': { ms: 7 * 24 * HOUR_MS, label: 'Last 7 days' },
};
const MAX_CALLER = 100;
const BODY_FIELDS = ['status', 'q', 'caller', 'since', 'from', 'to', 'before', 'upTo'];

/** Which jobs a URL or a posted body selects, as text; times as ISO 8601 in UTC. */
export interface FilterText {
  status: string;
  q: string;
  /** `env`, `key:<id>`, `hook:<id>` or `contract:<name>`. */
  caller: string;
  since: string;
  from: string;
  to: string;
  /** The number of a job: a search continues below it. */
  before: string;
}

export interface ListRequest {
  text: FilterText;
  filter: JobFilter;
  page: number;
  pageSize: number;
}

/** Reads `?status=&q=&caller=&since=&from=&to=&before=&page=&pageSize=`. Throws bad_request naming the parameter. */
export function readListRequest(req: Request, now: number): ListRequest {
  const query = queryOf(req);
  return {
    ...readFilter((name) => query.get(name), now),
    ...readPage(query),
  };
}

/** Reads the same filter from a posted body, which may also hold `upTo`. A misspelt name must not mean all jobs. */
export function readFilterBody(body: unknown, now: number): { text: FilterText; filter: JobFilter } {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (!isObject || !Object.keys(body).every((name) => BODY_FIELDS.includes(name))) {
    throw bad(`the body must be an object with nothing but ${BODY_FIELDS.join(', ')}.`);
  }
  const read = (name: keyof FilterText) => {
    const value = ownField(body, name);
    if (value === undefined || value === null) return null;
    if (typeof value !== 'string') throw bad(`"${name}" must be text.`);
    return value;
  };
  return readFilter(read, now);
}

/** The filter in words, for the audit log. The search text may be a code or a number: it stays out. */
export function inWords(text: FilterText): string {
  const words = [
    text.status || 'all',
    text.since && `of the last ${text.since}`,
    text.from && `from ${text.from}`,
    text.to && `to ${text.to}`,
    text.caller && `of ${text.caller}`,
    text.q && 'that match a search',
    text.before && `below #${text.before}`,
  ];
  return words.filter(Boolean).join(' ');
}

function readFilter(
  read: (name: keyof FilterText) => string | null,
  now: number,
): { text: FilterText; filter: JobFilter } {
  const value = (name: keyof FilterText) => plainText(read(name));
  const [asked, q, since] = [value('status'), searchText(read('q')), value('since')];
  const caller = callerIn(value('caller'));
  const status = SHOWN_STATUSES.find((each) => each === asked) ?? null;
  const [from, to] = [time('from', value('from')), time('to', value('to'))];
  if (asked !== '' && status === null) {
    throw bad(`"status" must be one of ${SHOWN_STATUSES.join(', ')}.`);
  }
  if (since !== '' && !Object.hasOwn(SINCE, since)) {
    throw bad(`"since" must be one of ${Object.keys(SINCE).join(', ')}.`);
  }
  const length = SINCE[since]?.ms;
  const earliest = length === undefined ? from : now - length;
  if (earliest !== null && to !== null && earliest > to) throw bad('"from" must not be later than "to".');
  // A search can be for a caller alone, and for what it says within its jobs.
  const search = [caller && `caller:${caller}`, q].filter(Boolean).join(' ');
  const before = search === '' ? null : jobBefore(value('before'));
  return {
    text: {
      status: asked,
      q,
      caller,
      since,
      from: isoOrNull(from) ?? '',
      to: isoOrNull(to) ?? '',
      before: before === null ? '' : String(before),
    },
    filter: { status, from: earliest, to, q: search || null, before },
  };
}

function callerIn(text: string): string {
  if (text.length > MAX_CALLER || /\s/.test(text)) {
    throw bad(`"caller" must be at most ${MAX_CALLER} characters without blanks.`);
  }
  return text;
}

/** Where a search continues; meaningless without a search. */
function jobBefore(text: string): number | null {
  if (text === '') return null;
  const before = jobNumber(text);
  if (before === null) throw bad('"before" must be the number of a job.');
  return before;
}

/** ISO 8601, a day or a time. A form without scripts sends no zone; the pages show UTC then. */
function time(name: string, text: string): number | null {
  if (text === '') return null;
  const zoned = /T[\d:.]+$/.test(text) ? `${text}Z` : text;
  const at = typedTime(zoned);
  if (at === null) throw bad(`"${name}" must be a time such as 2026-01-31T08:00:00Z.`);
  return at;
}
