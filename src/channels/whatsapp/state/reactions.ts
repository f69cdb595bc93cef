import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import { type Close, type Reaction, reactionTo } from '../close-codes.js';
import type { Session } from '../session/session.js';
import type { SessionCorrupt } from '../session/session-rows.js';
import type { Sessions } from '../session/sessions.js';
import type { QrRounds } from './qr-rounds.js';
import type { Retries } from './reconnects.js';
import { CLOSED, type StatusBoard } from './status-board.js';
import type { Troubles } from './troubles.js';

/** What is done when a connection has ended: the table of close codes, carried out. */
export interface Reactions {
  /** @param ended of the connection; null when none could be opened. */
  closed(close: Close, ended: { session: Session; wasPairing: boolean } | null): void;
  opened(): void;
  /** The stored session cannot be read: stop, and leave it as it is. */
  corrupt(error: SessionCorrupt): void;
}

/** How long a temporary ban without a stated end is waited out. */
const ASSUMED_BAN_MS = 60 * 60_000;
/** WhatsApp's requests to restart that come faster than this are not obeyed at once. */
const RESTART_EVERY_MS = 60_000;
const QR_CODES_ENDED = 408;

export function createReactions(deps: {
  board: StatusBoard;
  clock: Clock;
  log: Log;
  retries: Retries;
  rounds: QrRounds;
  sessions: Sessions;
  troubles: Troubles;
  connectAfter(ms: number): void;
}): Reactions {
  const { board, clock, retries, rounds, sessions, troubles, connectAfter } = deps;
  let restartedAt = Number.NEGATIVE_INFINITY;

  function retry(close: Close, repeatedAtLeastMs: number): void {
    const delayMs = retries.failed(close.code, repeatedAtLeastMs);
    const isExhausted = retries.exhausted();
    const detail = isExhausted
      ? `WhatsApp cannot be reached: ${close.reason}. Several attempts have failed; further ones follow.`
      : `The connection was lost: ${close.reason}.`;
    const { openSince, failedAttempts } = board.now();
    board.change({
      ...CLOSED,
      state: 'DISCONNECTED',
      detail,
      nextAttemptAt: clock.now() + delayMs,
      // The loss of a connection is no attempt.
      failedAttempts: openSince === null ? failedAttempts + 1 : 0,
      retriesExhausted: isExhausted,
    });
    if (isExhausted) troubles.tell({ kind: 'retries_exhausted', detail });
    connectAfter(delayMs);
  }

  function restart(close: Close, hasJustPaired: boolean): void {
    const isRepeated = clock.elapsed() - restartedAt <= RESTART_EVERY_MS;
    if (isRepeated && !hasJustPaired) {
      retry(close, 0);
    } else {
      // The restart that belongs to a pairing does not count.
      if (!hasJustPaired) restartedAt = clock.elapsed();
      connectAfter(0);
    }
  }

  function nextRound(): void {
    const delayMs = rounds.ended();
    const detail = 'The QR codes have run out. New ones come when somebody looks here.';
    const needs = 'not_paired';
    board.change({ ...CLOSED, state: 'QR_REQUIRED', needs, detail, nextAttemptAt: clock.now() + delayMs });
    connectAfter(delayMs);
  }

  function stop(reaction: Extract<Reaction, { act: 'stop' }>): void {
    const { state, detail, trouble } = reaction;
    board.change({ ...CLOSED, state, detail, needs: trouble });
    troubles.tell({ kind: trouble, detail });
  }

  async function pairAgain(detail: string, close: Close): Promise<void> {
    try {
      await sessions.discard();
    } catch (error) {
      deps.log.error('the WhatsApp session could not be deleted', { error });
      return retry(close, 0);
    }
    board.change({ ...CLOSED, state: 'LOGGED_OUT', detail, needs: 'logged_out', me: null });
    troubles.tell({ kind: 'logged_out', detail });
    connectAfter(0);
  }

  function waitOutBan(reason: string, endsAt: number): void {
    const detail = `${reason} It is tried again at ${new Date(endsAt).toISOString()}.`;
    board.change({ ...CLOSED, state: 'BANNED', detail, needs: 'banned', nextAttemptAt: endsAt });
    troubles.tell({ kind: 'banned', detail });
    connectAfter(endsAt - clock.now());
  }

  return {
    closed(close, ended) {
      const isPaired = ended?.session.isPaired() ?? false;
      const reaction = reactionTo(close.code);
      if (ended?.wasPairing && !isPaired && close.code === QR_CODES_ENDED) return nextRound();
      switch (reaction.act) {
        case 'restart':
          return restart(close, isPaired && Boolean(ended?.wasPairing));
        case 'retry':
          return retry(close, reaction.repeatedAtLeastMs);
        case 'pair_again':
          // Without a session there is nothing to lose: the next attempt has a new identity anyway.
          return isPaired ? void pairAgain(reaction.detail, close) : retry(close, 0);
        case 'stop':
          return stop(reaction);
        case 'wait_out_ban':
          return waitOutBan(reaction.detail, close.banEndsAt ?? clock.now() + ASSUMED_BAN_MS);
      }
    },
    opened: retries.opened,
    corrupt(error) {
      board.change({
        ...CLOSED,
        state: 'DISCONNECTED',
        detail: error.message,
        needs: 'session_corrupt',
        me: null,
      });
      troubles.tell({ kind: 'session_corrupt', detail: error.message });
    },
  };
}
