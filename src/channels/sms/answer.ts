import { ChannelError, type FailureKind } from '../channel.js';
import type { HttpAnswer } from '../http/call.js';
import { parsedJson, textAt } from '../http/path.js';
import type { SmsSettings } from './settings.js';

/** What an answer means for the message, and for all others: `person`: nothing goes out until somebody acts. */
export type Verdict =
  | { kind: 'accepted'; providerId: string | null }
  | { kind: 'failed'; error: ChannelError; trouble: 'person' | 'passing' | null };

const REJECT = new Set([400, 404, 422]);
const OBSTACLE = new Set([401, 402, 403]);
const RETRY = new Set([408, 425, 429]);
/** An error in the provider's own words: what is longer is a sentence, which may quote the message. */
const MAX_ERROR = 40;

/** @param hide takes out of a text what nobody else may read: our secrets, the code, the number. */
export function verdictOn(
  answer: HttpAnswer,
  settings: Pick<SmsSettings, 'accept' | 'id' | 'error' | 'final' | 'retry' | 'obstacle'>,
  hide: (text: string) => string,
): Verdict {
  if (answer.kind === 'silent') {
    const sentence = `The SMS provider could not be reached (${answer.why}).`;
    const error = new ChannelError('retry', 'transport', sentence, answer.written);
    return { kind: 'failed', error, trouble: 'passing' };
  }
  const { accept, id } = settings;
  const { status, text } = answer;
  const json = parsedJson(text);
  const isGood = accept.status === null ? status >= 200 && status <= 299 : accept.status.includes(status);
  if (isGood && accept.path !== null && textAt(json, accept.path) === undefined) {
    const sentence = 'The SMS provider gave an answer in which nothing says whether it took the message.';
    const error = new ChannelError('retry', 'transport', sentence, true);
    return { kind: 'failed', error, trouble: null };
  }
  if (isGood && (accept.path === null || accept.values.includes(textAt(json, accept.path) ?? ''))) {
    return { kind: 'accepted', providerId: id === null ? null : (textAt(json, id.path) ?? null) };
  }
  return failureBy(
    answer,
    settings.error === null ? undefined : textAt(json, settings.error.path),
    settings,
    hide,
  );
}

function failureBy(
  { status, retryAfterMs }: HttpAnswer & { kind: 'answered' },
  said: string | undefined,
  settings: Pick<SmsSettings, 'final' | 'retry' | 'obstacle'>,
  hide: (text: string) => string,
): Verdict {
  const what = meaningOf(status, said, settings);
  const words = [`HTTP ${status}`, ...(said ? [shown(said, hide)] : [])].join(', ');
  const failed = (
    kind: FailureKind,
    sentence: string,
    trouble: 'person' | 'passing' | null,
    afterMs = 0,
  ): Verdict => {
    const failure = kind === 'reject' ? 'rejected_by_provider' : 'transport';
    return {
      kind: 'failed',
      error: new ChannelError(kind, failure, sentence, false, undefined, afterMs),
      trouble,
    };
  };
  switch (what) {
    case 'final':
      return failed('reject', `The SMS provider refused the message (${words}).`, null);
    case 'retry': {
      // Of one message too many, or of the whole provider.
      const trouble = status >= 500 ? 'passing' : null;
      return failed(
        'retry',
        `The SMS provider did not take the message yet (${words}).`,
        trouble,
        retryAfterMs,
      );
    }
    case 'obstacle':
      return failed('wait', `The SMS provider takes nothing from us (${words}).`, 'person');
  }
}

/** What the settings say of the error or the status comes first. */
function meaningOf(
  status: number,
  said: string | undefined,
  { final, retry, obstacle }: Pick<SmsSettings, 'final' | 'retry' | 'obstacle'>,
): 'final' | 'retry' | 'obstacle' {
  for (const value of [said, String(status)]) {
    if (value === undefined) continue;
    if (final.includes(value)) return 'final';
    if (retry.includes(value)) return 'retry';
    if (obstacle.includes(value)) return 'obstacle';
  }
  if (REJECT.has(status)) return 'final';
  // A redirection is not followed: the address in the settings is out of date.
  if (OBSTACLE.has(status) || (status >= 300 && status <= 399)) return 'obstacle';
  return RETRY.has(status) || status >= 500 ? 'retry' : 'final';
}

export function shown(said: string, hide: (text: string) => string): string {
  return hide(said)
    .replace(/\d{7,}/g, '…')
    .replace(/[^\w .:…/-]+/g, ' ')
    .trim()
    .slice(0, MAX_ERROR);
}
