import { lower } from '../../../database/queries/text-search.js';

/**
 * What a job can be found by, as marks: every three characters of its recipient, and its code, message, error and status.
 * The index records which jobs have a mark, and at which place.
 */

export interface MarkedJob {
  recipient: string;
  codeHash: string;
  shape: number | null;
  status: string;
  /** Its number in the search's errors. */
  error: number | null;
}

export type Mark = [mark: string, place: number];

/** A mark that a job must have, and where the text would begin, given the mark's place: one bit per possible beginning. */
export interface Term {
  mark: string;
  beginnings(place: number): number;
}

const TRIGRAM = 3;
/** "Here, or anywhere after." No phone number is longer. */
const LAST_PLACE = 31;
export const ANYWHERE = -1;
/** Many numbers share their first digits; the last ones are distinctive. */
const TELLING = 9;

export function marksOf(job: MarkedJob): Mark[] {
  const marks: Mark[] = recipientMarks(job.recipient).map((mark, at) => [mark, Math.min(at, LAST_PLACE)]);
  marks.push(...codeMarks(job.codeHash));
  if (job.shape !== null) marks.push([shapeMark(job.shape), 0]);
  if (job.error !== null) marks.push([errorMark(job.error), 0]);
  if (hasMark(job.status)) marks.push([statusMark(job.status), 0]);
  return marks;
}

/** In the order of their places. */
export function recipientMarks(recipient: string): string[] {
  return trigramsOf(recipient);
}

/** Jobs whose recipient contains the text have all of these, and hardly any others do. Null: the text is too short. */
export function recipientTerms(text: string): Term[] | null {
  const trigrams = trigramsOf(text);
  if (trigrams.length === 0) return null;
  const isNumber = /^[+\d]+$/.test(text);
  const head = isNumber ? [] : covering(0, Math.min(TELLING, trigrams.length + TRIGRAM - 1));
  const tail = covering(Math.max(0, trigrams.length + TRIGRAM - 1 - TELLING), trigrams.length + TRIGRAM - 1);
  return [...new Set([...head, ...tail])].map((at) => ({
    mark: trigrams[at] ?? '',
    beginnings: (place) => beginningsOf(place, at),
  }));
}

export function codeTerms(codeHash: string): Term[] {
  return codeMarks(codeHash).map(([mark, expected]) => ({
    mark,
    beginnings: (place) => (place === expected ? ANYWHERE : 0),
  }));
}

export function shapeTerm(shape: number): Term {
  return { mark: shapeMark(shape), beginnings: () => ANYWHERE };
}

export function errorTerm(error: number): Term {
  return { mark: errorMark(error), beginnings: () => ANYWHERE };
}

/** The mark of every job with this status, if the status has one. */
export function statusTerms(status: string | null): Term[] {
  return status !== null && hasMark(status) ? [{ mark: statusMark(status), beginnings: () => ANYWHERE }] : [];
}

function trigramsOf(text: string): string[] {
  const characters = [...lower(text)];
  return characters.slice(TRIGRAM - 1).map((_, at) => characters.slice(at, at + TRIGRAM).join(''));
}

/** Where to begin trigrams that together cover every character from `first` up to `end`. */
function covering(first: number, end: number): number[] {
  const places: number[] = [];
  for (let at = first; at + TRIGRAM < end; at += TRIGRAM) places.push(at);
  return [...places, end - TRIGRAM];
}

/** A trigram `at` the text's n-th character stands at `place`: the text begins n characters before. */
function beginningsOf(place: number, at: number): number {
  if (place === LAST_PLACE) return ANYWHERE << Math.max(0, LAST_PLACE - at);
  return place < at ? 0 : 1 << (place - at);
}

/** 18 bits of the hash: another code rarely has the same. Only the marks of recipients have three characters. */
function codeMarks(codeHash: string): Mark[] {
  return [0, 3].map((at) => [
    `code${at}:${codeHash.charAt(at)}`,
    Number.parseInt(codeHash.slice(at + 1, at + 3), 16) >> 3,
  ]);
}

function shapeMark(shape: number): string {
  return `shape:${shape}`;
}

function errorMark(error: number): string {
  return `error:${error}`;
}

/** Most jobs are sent, so that mark would be useless. A job marked as failed can only turn out to be sent later. */
function hasMark(status: string): boolean {
  return status === 'failed' || status === 'expired';
}

function statusMark(status: string): string {
  return `status:${status}`;
}
