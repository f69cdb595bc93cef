import type { Failures, SignInEntry, Wait } from '../../auth/history/history.js';
import { isoOrNull } from '../../clock.js';
import { CONTRACTS } from '../callers/contract-words.js';
import { capitalized } from '../capitalized.js';

/** A flood makes many addresses wait. */
const SHOWN_WAITS = 10;

interface Past {
  failures: Failures;
  signIns: SignInEntry[];
}

/** What happened at an account, as JSON. */
export function shownHistory({ failures, signIns }: Past) {
  const { lastCodeAt, waits, ...counts } = failures;
  return {
    failures: {
      ...counts,
      lastCodeAt: isoOrNull(lastCodeAt),
      waits: waits.map((wait) => ({ ...wait, until: isoOrNull(wait.until) })),
    },
    signIns: signIns.map((entry) => ({ ...entry, at: isoOrNull(entry.at) })),
  };
}

/** The same in words. */
export function historyView(past: Past) {
  const { failures, signIns } = shownHistory(past);
  return {
    failures: {
      ...failures,
      waits: failures.waits.slice(0, SHOWN_WAITS).map((wait) => ({ ...wait, who: waiting(wait) })),
      hasAny: failures.passwords + failures.codes + failures.waits.length > 0,
      moreWaits: Math.max(0, failures.waits.length - SHOWN_WAITS),
    },
    signIns: signIns.map((entry) => ({
      ...entry,
      proof: capitalized(entry.proof),
      contract: CONTRACTS[entry.contract] ?? entry.contract,
    })),
  };
}

function waiting({ who }: Pick<Wait, 'who'>): string {
  if (who === 'strangers') return 'Whoever has not signed in during the last 30 days';
  return who ?? 'A browser or an app';
}
