import type { ShownStatus } from '../delivery/job.js';

/** What a badge can say: the status of a job, the state of a user, a key, a hook or a webhook. */
type Word = ShownStatus | 'active' | 'deactivated' | 'revoked' | 'disabled' | 'failing';
type Tone = 'plain' | 'busy' | 'good' | 'warning' | 'bad';

const TONES: Record<Word, Tone> = {
  pending: 'plain',
  processing: 'busy',
  sent: 'good',
  failed: 'bad',
  expired: 'warning',
  canceled: 'plain',
  active: 'good',
  deactivated: 'bad',
  revoked: 'bad',
  disabled: 'plain',
  failing: 'warning',
};

/** A state in its colour, with an icon for those who do not tell the colours apart. */
export interface Badge<Of extends string = string> {
  word: Of;
  tone: Tone;
  icon: Tone | 'waiting';
}

export function badge(word: Word): Badge<Word> {
  const tone = TONES[word];
  return { word, tone, icon: word === 'pending' ? 'waiting' : tone };
}
