import type { ShownStatus } from '../delivery/job.js';

/** What a badge can say: the status of a job, the state of a user or of a key. */
type Word = ShownStatus | 'active' | 'deactivated' | 'revoked';
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
};

/** A state as a badge: its colour, and an icon for those who do not tell the colours apart. */
export function badge(word: Word): { word: Word; tone: Tone; icon: Tone | 'waiting' } {
  const tone = TONES[word];
  return { word, tone, icon: word === 'pending' ? 'waiting' : tone };
}
