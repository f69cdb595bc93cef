import type { Request } from 'express';
import type { JobStatus } from '../../database/schema.js';
import type { JobFilter } from '../delivery/jobs.js';
import { AppError } from '../errors.js';
import { ownField } from '../http/answer.js';

const STATUSES: readonly string[] = ['pending', 'processing', 'sent', 'failed', 'expired'];
const HOUR_MS = 3_600_000;
/** Times that move along with the clock, as a link can hold them. */
const SINCE: Record<string, number> = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 7 * 24 * HOUR_MS };
const LONGEST_QUERY = 100;
const LARGEST_PAGE = 100;
export const DEFAULT_PAGE_SIZE = 25;

/** What a URL or a posted body says about the jobs that are meant; every value as it was written. */
export interface FilterText {
  status: string;
  q: string;
  since: string;
  from: string;
  to: string;
}

export interface ListRequest {
  text: FilterText;
  filter: JobFilter;
  page: number;
  pageSize: number;
}

/** Reads `?status=&q=&since=&from=&to=&page=&pageSize=`. Throws bad_request naming the parameter. */
export function readListRequest(req: Request, now: number): ListRequest {
  const query = queryOf(req);
  const text = filterText((name) => query.get(name));
  return {
    text,
    filter: filterOf(text, now),
    page: wholeNumber('page', query.get('page'), 1),
    pageSize: Math.min(LARGEST_PAGE, wholeNumber('pageSize', query.get('pageSize'), DEFAULT_PAGE_SIZE)),
  };
}

/** Reads the same filter from a posted body. */
export function readFilterBody(body: unknown, now: number): { text: FilterText; filter: JobFilter } {
  const text = filterText((name) => {
    const value = ownField(body, name);
    if (value === undefined || value === null) return null;
    if (typeof value !== 'string') throw bad(`"${name}" must be text.`);
    return value;
  });
  return { text, filter: filterOf(text, now) };
}

export function queryOf(req: Request): URLSearchParams {
  return new URL(req.originalUrl, 'http://localhost').searchParams;
}

/** The filter in words, for the audit log. The search text may be a code or a number: it stays out. */
export function inWords(text: FilterText): string {
  const words = [
    text.status || 'all',
    text.since && `of the last ${text.since}`,
    text.from && `from ${text.from}`,
    text.to && `to ${text.to}`,
    text.q && 'that match a search',
  ];
  return words.filter(Boolean).join(' ');
}

function filterText(read: (name: keyof FilterText) => string | null): FilterText {
  const value = (name: keyof FilterText) => (read(name) ?? '').trim();
  return {
    status: value('status'),
    q: value('q'),
    since: value('since'),
    from: value('from'),
    to: value('to'),
  };
}

function filterOf(text: FilterText, now: number): JobFilter {
  if (text.status !== '' && !STATUSES.includes(text.status)) {
    throw bad(`"status" must be one of ${STATUSES.join(', ')}.`);
  }
  if (text.since !== '' && !Object.hasOwn(SINCE, text.since)) {
    throw bad(`"since" must be one of ${Object.keys(SINCE).join(', ')}.`);
  }
  if (text.q.length > LONGEST_QUERY) throw bad(`"q" must have at most ${LONGEST_QUERY} characters.`);
  const since = SINCE[text.since];
  const from = since === undefined ? time('from', text.from) : now - since;
  const to = time('to', text.to);
  if (from !== null && to !== null && from > to) throw bad('"from" must not be later than "to".');
  return { status: (text.status as JobStatus) || null, from, to, q: text.q || null };
}

function time(name: string, text: string): number | null {
  if (text === '') return null;
  // A form without scripts sends no zone; the pages show UTC then.
  const at = Date.parse(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text) ? `${text}Z` : text);
  if (Number.isNaN(at)) throw bad(`"${name}" must be a time such as 2026-01-31T08:00:00Z.`);
  return at;
}

function wholeNumber(name: string, text: string | null, otherwise: number): number {
  if (text === null || text === '') return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw bad(`"${name}" must be a whole number from 1.`);
  return Number(text);
}

function bad(message: string): AppError {
  return new AppError('bad_request', `Bad Request: ${message}`);
}
