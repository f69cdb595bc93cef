import type { Store } from '../../database/schema.js';
import { type Clock, inUtc } from '../clock.js';
import { take } from '../limits/counts.js';
import { type Log, maskEmails, maskPhone } from '../log.js';

/** Tells a person of something that somebody should look at. */
export interface Alarms {
  /**
   * To the log and to Telegram, at most one of a kind in its period, over all processes and restarts. Never rejects.
   * Phone numbers and e-mail addresses in the text are masked; no secret belongs there.
   */
  raise(alarm: Alarm): Promise<void>;
}

export interface Alarm {
  /** What it is about, in a few words: also the name under which the period is counted. */
  kind: string;
  /** One or two sentences: what happened, and what an operator can do. */
  text: string;
  /** Default 10 minutes. */
  everyMs?: number;
}

const EVERY_MS = 10 * 60_000;

/** @param deps.telegram without it, alarms only go to the log. */
export function createAlarms(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  telegram: { send(text: string): void } | null;
}): Alarms {
  const { store, clock, log, telegram } = deps;
  return {
    async raise({ kind, text, everyMs = EVERY_MS }) {
      const share = { name: 'alarms', subject: kind, rule: { count: 1, periodMs: everyMs } };
      try {
        const now = clock.now();
        if ((await take(store, share, now)) === null) return;
        const shown = plain(text);
        log.error(shown, { alarm: kind });
        telegram?.send(`⚠️ ${shown}\n${inUtc(now)}.`);
      } catch (error) {
        log.error('an alarm could not be recorded and was not sent', { alarm: kind, error });
      }
    },
  };
}

/** One line, with phone numbers and e-mail addresses masked. */
function plain(text: string): string {
  return maskEmails(text)
    .replace(/\+?\d{7,15}/g, maskPhone)
    .replace(/\p{Cc}+/gu, ' ');
}
