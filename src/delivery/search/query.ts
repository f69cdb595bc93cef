import { type RawBuilder, sql } from 'kysely';
import { lower, type TextSearch } from '../../../database/queries/text-search.js';
import type { KeyedHash } from '../../sealing.js';
import { typedEmailPart } from '../../typed/email.js';
import { typedNumber } from '../../typed/number.js';
import type { ShownStatus } from '../job.js';
import { CODE_DOT, type MessageShape } from '../message-shapes.js';
import { storedAs } from './job-filter.js';
import { codeTerms, errorTerm, recipientTerms, shapeTerm, statusTerms, type Term } from './marks.js';
import { requestTimeOf } from './request-ids.js';

/** What was typed into the search field, in every way that it can be understood. */
export interface SearchQuery {
  /** Only jobs of this caller; null: of all. */
  caller: string | null;
  /** What was typed is the id of a request, and nothing else. */
  request: { id: string; at: number } | null;
  /** Part of an error, as it was typed. */
  text: string;
  /** Part of a phone number or of an address in the spelling that jobs have, if it differs from what was typed. */
  recipient: string | null;
  /** An exact code, as it may be stored (`KeyedHash.all`). */
  codeHashes: string[];
  /** Part of these messages. */
  shapes: number[];
  /** Part of these messages if they contained this code. */
  shapesWithCode: { codeHash: string; shapes: number[] }[];
}

/** Longer than any error, number or useful part of a message. */
const MAX_CHARACTERS = 500;
const CODE = /^\d{4,8}$/;
const OF_CALLER = /^caller:(\S+)(?: |$)/;

/** @param q may begin with `caller:` and the id of one. */
export function parseQuery(q: string, shapes: MessageShape[], codeHash: KeyedHash): SearchQuery {
  const whole = [...plain(q)].slice(0, MAX_CHARACTERS).join('');
  const caller = OF_CALLER.exec(whole)?.[1] ?? null;
  const typed = whole.replace(OF_CALLER, '');
  if (caller !== null && typed === '') return { ...NOTHING, caller };
  const at = requestTimeOf(typed);
  if (at !== null) return { ...NOTHING, caller, request: { id: typed.toLowerCase(), at } };
  const containing = (part: string) => {
    const needle = part.toLowerCase();
    return shapes.filter(({ text }) => plain(text).toLowerCase().includes(needle)).map(({ id }) => id);
  };
  const number = typedNumber(typed);
  const digits = new Set(typed.match(/(?<!\d)\d{4,8}(?!\d)/g));
  return {
    caller,
    request: null,
    text: lower(typed),
    // Leading zeros stand for a country code, or precede one.
    recipient: /^\+?\d+$/.test(number) ? number.replace(/^0+(?=\d{6})/, '') : typedEmailPart(typed),
    codeHashes: CODE.test(number) ? codeHash.all(number) : [],
    shapes: containing(typed),
    shapesWithCode: [...digits]
      .flatMap((code) => {
        const shapes = containing(typed.replaceAll(code, CODE_DOT.repeat(code.length)));
        return codeHash.all(code).map((hash) => ({ codeHash: hash, shapes }));
      })
      .filter(({ shapes }) => shapes.length > 0),
  };
}

const NOTHING: SearchQuery = {
  caller: null,
  request: null,
  text: '',
  recipient: null,
  codeHashes: [],
  shapes: [],
  shapesWithCode: [],
};

/** Whether the row of a job matches. */
export function matches(query: SearchQuery, search: TextSearch): RawBuilder<boolean> {
  const text = matchesText(query, search);
  return query.caller === null ? text : sql`(jobs.caller = ${query.caller} AND ${text})`;
}

function matchesText(query: SearchQuery, search: TextSearch): RawBuilder<boolean> {
  if (query.request !== null) return sql`jobs.request_id = ${query.request.id}`;
  const ways = [
    search.contains(sql`jobs.recipient`, query.recipient ?? query.text),
    search.contains(sql`jobs.error_message`, query.text),
    search.contains(sql`jobs.error_code`, query.text),
  ];
  for (const codeHash of query.codeHashes) ways.push(sql`jobs.code_hash = ${codeHash}`);
  if (query.shapes.length > 0) ways.push(sql`jobs.message_shape IN (${sql.join(query.shapes)})`);
  for (const { codeHash, shapes } of query.shapesWithCode) {
    ways.push(sql`(jobs.code_hash = ${codeHash} AND jobs.message_shape IN (${sql.join(shapes)}))`);
  }
  return sql`(${sql.join(ways, sql` OR `)})`;
}

/**
 * The ways in which a job can match: it then has all the marks of one way. Null when marks cannot decide it.
 * @param errors the numbers of the errors that contain the text.
 */
export function waysOf(query: SearchQuery, errors: number[], status: ShownStatus | null): Term[][] | null {
  const recipient = recipientTerms(query.recipient ?? query.text);
  if (!recipient) return null;
  const codes = [...query.codeHashes, ...query.shapesWithCode.map(({ codeHash }) => codeHash)];
  const ways = [
    recipient,
    ...codes.map(codeTerms),
    ...query.shapes.map((shape) => [shapeTerm(shape)]),
    ...errors.map((error) => [errorTerm(error)]),
  ];
  return ways.map((terms) => [...terms, ...statusTerms(status && storedAs(status))]);
}

/** With one kind of space, and without characters that a database refuses. */
function plain(text: string): string {
  return text.replaceAll('\0', '').normalize('NFC').replace(/\s+/g, ' ').trim();
}
