import { type Clock, sleep } from '../../../clock.js';
import { AppError } from '../../../errors.js';
import type { Log } from '../../../log.js';
import { describe } from '../scrub.js';
import type { Sessions } from '../session/sessions.js';
import type { Lifecycle } from './lifecycle.js';
import type { QrRounds } from './qr-rounds.js';
import type { Retries } from './reconnects.js';
import { CLOSED, type StatusBoard } from './status-board.js';

/** What a person does with the number. One act at a time. */
export interface Operator {
  reload(): Promise<void>;
  logout(): Promise<void>;
  requestPairingCode(phone: string): Promise<string>;
  attend(): void;
}

const UNLINK_PATIENCE_MS = 5_000;
const CODE_PATIENCE_MS = 30_000;

export function createOperator(deps: {
  board: StatusBoard;
  clock: Clock;
  log: Log;
  lifecycle: Lifecycle;
  retries: Retries;
  rounds: QrRounds;
  sessions: Sessions;
}): Operator {
  const { board, clock, log, lifecycle, retries, rounds, sessions } = deps;
  let acting: Promise<unknown> = Promise.resolve();

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = acting.then(act);
    acting = turn.catch(() => {});
    return turn;
  }

  async function logout(): Promise<void> {
    const connection = lifecycle.release();
    if (connection?.isOpen()) {
      const unlinking = connection.unlink().catch((error: unknown) => {
        log.warn('WhatsApp could not be told of the logout', { cause: describe(error) });
      });
      await Promise.race([unlinking, sleep(clock, UNLINK_PATIENCE_MS)]);
    }
    await connection?.end('logged out');
    await sessions.discard();
    const detail = 'Logged out by an operator.';
    board.change({ ...CLOSED, state: 'LOGGED_OUT', detail, needs: 'not_paired', me: null });
    retries.reset();
    await lifecycle.connect();
  }

  /** Returns the code to come; only the start of the attempt has to wait for its turn. */
  async function beginPairingByCode(phone: string): Promise<{ code: Promise<string> }> {
    if (board.now().me !== null) {
      throw new AppError('conflict', 'A number is paired already. Log out first.');
    }
    retries.reset();
    const code = new Promise<string>((resolve, reject) => {
      const giveUp = () =>
        reject(new AppError('sender_unavailable', 'WhatsApp gave no pairing code in time.'));
      clock.after(CODE_PATIENCE_MS, giveUp);
      void lifecycle.connect({ phone, resolve, reject });
    });
    return { code };
  }

  return {
    reload: () =>
      inTurn(async () => {
        retries.reset();
        await lifecycle.connect();
      }),
    logout: () => inTurn(logout),
    requestPairingCode: async (phone) => (await inTurn(() => beginPairingByCode(phone))).code,
    attend() {
      rounds.attend();
      if (rounds.isWaiting()) void lifecycle.connect();
    },
  };
}
