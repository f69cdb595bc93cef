import { lower } from '../../../database/text-search.js';

/**
 * What a job can be found by: each three characters of its recipient, and its code, message, error and status, as marks.
 * The index keeps which jobs have a mark, and at which place.
 */

export interface MarkedJob {
  recipient: string;
  codeHash: string;
  shape: number | null;
  status: string;
  /** As the search's errors number them. */
  error: number | null;
}

export type Mark = [mark: string, place: number];

/** One of the marks that a job must have, and what its place says about where the text would begin: a bit for each place. */
export interface Term {
  mark: string;
  beginnings(place: number): number;
}

const TRIGRAM = 3;
/** "Here, or anywhere after." No phone number is longer. */
const LAST_PLACE = 31;
export const ANYWHERE = -1;
/** The first digits of many numbers are the same; the last ones tell. */
const TELLING = 9;

export function marksOf(job: MarkedJob): Mark[] {
  const marks: Mark[] = trigramsOf(job.recipient).map((mark, at) => [mark, Math.min(at, LAST_PLACE)]);
  marks.push(...codeMarks(job.codeHash));
  if (job.shape !== null) marks.push([shapeMark(job.shape), 0]);
  if (job.error !== null) marks.push([errorMark(job.error), 0]);
  if (hasMark(job.status)) marks.push([statusMark(job.status), 0]);
  return marks;
}

/** Whoever's recipient contains the text has all of these, and hardly anybody else. Null: the text is too short. */
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

/** What every job with this status has when it is marked at all. */
export function statusTerms(status: string | null): Term[] {
  return status !== null && hasMark(status) ? [{ mark: statusMark(status), beginnings: () => ANYWHERE }] : [];
}

function trigramsOf(text: string): string[] {
  const characters = [...lower(text)];
  return characters.slice(TRIGRAM - 1).map((_, at) => characters.slice(at, at + TRIGRAM).join(''));
}

/** Where trigrams begin that together hold every character from `first` up to `end`. */
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

/** 18 bits of the hash: rarely does another code have the same. No mark has three characters but those of recipients. */
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

/** Most jobs are sent: that tells nothing. Later, a job that is marked as failed can only turn out to be sent. */
function hasMark(status: string): boolean {
  return status === 'failed' || status === 'expired';
}

function statusMark(status: string): string {
  return `status:${status}`;
}
