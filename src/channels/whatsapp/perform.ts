import { type Clock, sleep } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Receipt } from '../channel.js';
import type { InboundText } from '../inbound-text.js';
import type { Trouble } from '../sender.js';
import type { Acks } from './acks.js';
import type { PairingRequests } from './pairing-requests.js';
import type { People } from './people/people.js';
import { describe } from './scrub.js';
import type { Sessions } from './session/sessions.js';
import type { Lifecycle } from './socket/lifecycle.js';
import type { Deed, Done } from './state/effects.js';

export interface PerformDeps {
  clock: Clock;
  log: Log;
  lifecycle: Lifecycle;
  sessions: Pick<Sessions, 'close' | 'discard'>;
  acks: Pick<Acks, 'accepted' | 'connectionClosed' | 'outdated' | 'refused'>;
  people: Pick<
    People,
    'doubtAddresses' | 'forgetAll' | 'gave' | 'heard' | 'learnTokenLife' | 'refused' | 'wrote'
  >;
  pairingRequests: PairingRequests;
  tellReceipt(receipt: Receipt): unknown;
  tellText(text: InboundText): unknown;
  tellTrouble(trouble: Trouble | null): unknown;
  showQr(qr: string): void;
}

/** The deeds that an event follows from. */
type Followed = 'discard_session' | 'log_out' | 'ask_account' | 'ask_pairing_code';

const UNLINK_PATIENCE_MS = 5_000;

/** Carries out an effect; resolves with what came of it. */
export function createPerformer(deps: PerformDeps): (deed: Deed) => Promise<Done> {
  const { clock, log, lifecycle, sessions, acks, people, pairingRequests } = deps;

  async function logOut(): Promise<Done> {
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
      const reason = 'the session could not be deleted';
      return { following: { type: 'session_not_discarded', code: null, reason }, error };
    }
    return { following: { type: 'logged_out' } };
  }

  async function discardSession(deed: Extract<Deed, { do: 'discard_session' }>): Promise<Done> {
    const { detail, close } = deed;
    try {
      await sessions.discard();
    } catch (error) {
      log.error('the WhatsApp session could not be deleted', { error });
      return { following: { type: 'session_not_discarded', code: close.code, reason: close.reason } };
    }
    return { following: { type: 'session_discarded', detail } };
  }

  async function askAccount(): Promise<Done> {
    const answer = await lifecycle.openConnection()?.askAccount();
    if (answer?.props) people.learnTokenLife(answer.props);
    return { following: { type: 'account_told', lock: answer?.lock ?? null, quota: answer?.quota ?? null } };
  }

  async function askPairingCode(deed: Extract<Deed, { do: 'ask_pairing_code' }>): Promise<Done> {
    const { request, phone } = deed;
    try {
      const code = await lifecycle.connection()?.askPairingCode(phone);
      return code ? { following: { type: 'pairing_code', request, code } } : {};
    } catch (cause) {
      return { following: { type: 'pairing_code_refused', request, cause } };
    }
  }

  function confirm(receipt: Receipt): void {
    people.heard(receipt);
    acks.accepted(receipt);
    deps.tellReceipt(receipt);
  }

  /** What nothing follows from. */
  async function justDo(deed: Exclude<Deed, { do: Followed }>): Promise<void> {
    switch (deed.do) {
      case 'connect':
        return lifecycle.connect();
      case 'disconnect':
        return lifecycle.disconnect(deed.reason);
      case 'close_session':
        return sessions.close();
      case 'give_pairing_code':
        return pairingRequests.give(deed.request, deed.code);
      case 'refuse_pairing_code':
        return pairingRequests.refuse(deed.request, deed.why, deed.cause);
      case 'show_qr':
        return deps.showQr(deed.qr);
      case 'tell_trouble':
        return void deps.tellTrouble(deed.trouble);
      case 'fail_under_way':
        return acks.connectionClosed(deed.close);
      case 'confirm':
        return confirm(deed.receipt);
      case 'pass_on':
        return void deps.tellText(deed.text);
      case 'refuse':
        return acks.refused(deed.messageId, deed.error);
      case 'call_outdated':
        return acks.outdated(deed.messageId);
      case 'note_refusal':
        return people.refused(deed.phone);
      case 'note_writer':
        return people.wrote(deed, deed.at);
      case 'note_token':
        return people.gave(deed, deed.at);
      case 'doubt_addresses':
        return people.doubtAddresses(deed.jids);
      case 'forget_recipients':
        return people.forgetAll();
    }
  }

  return async (deed) => {
    switch (deed.do) {
      case 'discard_session':
        return discardSession(deed);
      case 'log_out':
        return logOut();
      case 'ask_account':
        return askAccount();
      case 'ask_pairing_code':
        return askPairingCode(deed);
      default:
        await justDo(deed);
        return {};
    }
  };
}
