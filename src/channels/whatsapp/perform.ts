import { type Clock, sleep, type Timer } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Receipt } from '../channel.js';
import type { Trouble } from '../sender.js';
import type { Acks } from './acks.js';
import type { People } from './people/people.js';
import { describe } from './scrub.js';
import type { Sessions } from './session/sessions.js';
import type { Lifecycle } from './socket/lifecycle.js';
import type { Effect } from './state/effects.js';
import type { SenderEvent, TimerEvent } from './state/events.js';
import type { PairingRequests } from './state/pairing-requests.js';

export interface PerformDeps {
  clock: Clock;
  log: Log;
  lifecycle: Lifecycle;
  sessions: Pick<Sessions, 'close' | 'discard'>;
  acks: Pick<Acks, 'accepted' | 'connectionClosed' | 'outdated' | 'refused'>;
  people: Pick<People, 'doubtAddresses' | 'forgetAll' | 'heard'>;
  pairingRequests: PairingRequests;
  tellReceipt(receipt: Receipt): unknown;
  tellTrouble(trouble: Trouble | null): unknown;
  showQr(qr: string): void;
  /** Reports the result. */
  emit(event: SenderEvent): Promise<void>;
}

const UNLINK_PATIENCE_MS = 5_000;

/** Carries out an effect; resolves when it, and everything that follows from it, is done. */
export function createPerformer(deps: PerformDeps): (effect: Effect) => Promise<void> {
  const { clock, log, lifecycle, sessions, acks, people, pairingRequests, emit } = deps;
  const timers = new Map<TimerEvent['type'], Timer>();

  function setTimer(type: TimerEvent['type'], ms: number | null): void {
    timers.get(type)?.cancel();
    timers.delete(type);
    if (ms !== null)
      timers.set(
        type,
        clock.after(ms, () => void emit({ type })),
      );
  }

  async function logOut(): Promise<void> {
    const connection = lifecycle.release();
    if (connection?.isOpen()) {
      const unlinking = connection.unlink().catch((error: unknown) => {
        log.warn('WhatsApp could not be told of the logout', { cause: describe(error) });
      });
      await Promise.race([unlinking, sleep(clock, UNLINK_PATIENCE_MS)]);
    }
    await connection?.end('logged out');
    try {
      await sessions.discard();
    } catch (error) {
      await emit({ type: 'session_not_discarded', code: null, reason: 'the session could not be deleted' });
      throw error;
    }
    await emit({ type: 'logged_out' });
  }

  async function discardSession({ detail, close }: Extract<Effect, { do: 'discard_session' }>) {
    try {
      await sessions.discard();
    } catch (error) {
      log.error('the WhatsApp session could not be deleted', { error });
      return emit({ type: 'session_not_discarded', code: close.code, reason: close.reason });
    }
    await emit({ type: 'session_discarded', detail });
  }

  async function askRestriction(): Promise<void> {
    try {
      await lifecycle.openConnection()?.askRestriction();
    } catch (error) {
      log.debug('WhatsApp did not say how long', { cause: describe(error) });
    }
    await emit({ type: 'restriction_asked' });
  }

  async function askPairingCode({ request, phone }: Extract<Effect, { do: 'ask_pairing_code' }>) {
    try {
      const code = await lifecycle.connection()?.askPairingCode(phone);
      if (code) await emit({ type: 'pairing_code', request, code });
    } catch (cause) {
      await emit({ type: 'pairing_code_refused', request, cause });
    }
  }

  function confirm(receipt: Receipt): void {
    people.heard(receipt);
    acks.accepted(receipt);
    deps.tellReceipt(receipt);
  }

  return async (effect) => {
    switch (effect.do) {
      case 'connect':
        return lifecycle.connect();
      case 'disconnect':
        return lifecycle.disconnect(effect.reason);
      case 'set_timer':
        return setTimer(effect.timer, effect.ms);
      case 'close_session':
        return sessions.close();
      case 'discard_session':
        return discardSession(effect);
      case 'log_out':
        return logOut();
      case 'ask_restriction':
        return askRestriction();
      case 'ask_pairing_code':
        return askPairingCode(effect);
      case 'give_pairing_code':
        return pairingRequests.give(effect.request, effect.code);
      case 'refuse_pairing_code':
        return pairingRequests.refuse(effect.request, effect.why, effect.cause);
      case 'show_qr':
        return deps.showQr(effect.qr);
      case 'tell_trouble':
        return void deps.tellTrouble(effect.trouble);
      case 'fail_under_way':
        return acks.connectionClosed(effect.close);
      case 'confirm':
        return confirm(effect.receipt);
      case 'refuse':
        return acks.refused(effect.messageId, effect.error);
      case 'call_outdated':
        return acks.outdated(effect.messageId);
      case 'doubt_addresses':
        return people.doubtAddresses(effect.jids);
      case 'forget_recipients':
        return people.forgetAll();
    }
  };
}
