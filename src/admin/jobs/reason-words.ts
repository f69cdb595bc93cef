import { FAILURES } from '../../delivery/job.js';
import { reasonOf } from '../../delivery/unavailable.js';
import { channelWords } from './channel-words.js';

export function channelName(channel: string): string {
  return channelWords(channel).channelName;
}

/** Why nothing was sent over a channel, as a sentence. @param code of a refusal or a failure. */
export function reasonWords(code: string | null): string {
  if (code === null) return 'Nothing was sent.';
  const failure = Object.hasOwn(FAILURES, code) ? FAILURES[code as keyof typeof FAILURES] : code;
  return reasonOf(code) ?? failure;
}
