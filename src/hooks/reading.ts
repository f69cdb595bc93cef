import type { CodeToSend, Reading } from './preset.js';

/** What a request with one code says, or what it lacks: empty is nothing. */
export function readingOf(told: CodeToSend): Reading {
  if (told.to === '') return unreadable('The request names nobody to send a code to.');
  if (told.code === '') return notACode('This message holds no code.');
  return { kind: 'codes', codes: [told] };
}

/** @param message as in `Reading`. */
export function unreadable(message: string): Reading {
  return { kind: 'refused', reason: 'unreadable', message };
}

/** @param message as in `Reading`. */
export function notACode(message: string): Reading {
  return { kind: 'refused', reason: 'not_a_code', message };
}
