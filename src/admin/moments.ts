import { isoOrNull } from '../clock.js';
import { durationWords } from './durations.js';

export type Tone = 'good' | 'busy' | 'warning' | 'bad' | 'plain';

/** Something that happened to a job or a code, at a Unix ms. */
export interface Moment {
  at: number;
  label: string;
  tone: Tone;
  detail: string | null;
}

/** Shorter waits between two moments are not worth showing. */
const MIN_GAP_MS = 50;

/** By time, which becomes ISO 8601. Moments at the same millisecond stay in the order in which they are given. */
export function inOrder<Kind extends Moment>(moments: Kind[]) {
  return moments
    .map((moment, index) => ({ moment, index }))
    .sort((a, b) => a.moment.at - b.moment.at || a.index - b.index)
    .map(({ moment }) => ({ ...moment, at: isoOrNull(moment.at) }));
}

/** Each with how long after the one before it came, in words, where that is worth showing. */
export function withGaps<Kind extends { at: string | null }>(timeline: Kind[]) {
  return timeline.map((moment, index, all) => {
    const gapMs = Date.parse(moment.at ?? '') - Date.parse(all[index - 1]?.at ?? '');
    return { ...moment, later: gapMs >= MIN_GAP_MS ? durationWords(gapMs) : null };
  });
}
