import type { Store } from '../../../database/schema.js';
import { isUnavailable } from '../../../database/unavailable.js';
import type { Clock } from '../../clock.js';
import { hideSecrets, type Log } from '../../log.js';
import { randomBytesPooled } from '../../random.js';
import {
  type Acceptance,
  ChannelError,
  type OutgoingMessage,
  type Receipt,
  type Transport,
} from '../channel.js';
import { callHttp } from '../http/call.js';
import { verdictOn } from './answer.js';
import { createProviderIds } from './provider-ids.js';
import { createReceiver, type Receiver } from './receiver.js';
import { requestFor } from './request.js';
import type { SmsSettings } from './settings.js';
import { fittingText } from './text.js';
import { createSmsTroubles, type SmsTroubles } from './trouble.js';

export { countryOf } from './country.js';
export type { Received, ReceivedRequest, Receiver } from './receiver.js';
export type { SmsSettings } from './settings.js';
export type { SmsTrouble } from './trouble.js';

/** Messages through a provider of SMS. `sent` means that the provider has taken one; what becomes of it, receipts say. */
export interface SmsSender extends Transport, Pick<SmsTroubles, 'isShut'> {
  /** Why the provider takes nothing; null: nothing is known to be wrong. The next message after `nextTryAt` finds out. */
  trouble: SmsTroubles['now'];
  /** Called when a trouble begins, changes or ends, and when it is time to try; returns a function that stops listening. */
  onTrouble(listener: () => void): () => void;
  onReceipt(listener: (receipt: Receipt) => void): () => void;
  /** Takes the provider's receipts; null: it sends none. */
  receiver: Receiver | null;
  /** Where they are taken: only for operators and the provider; empty while it is not known, or none are. */
  receiptUrl(): string;
  close(): void;
}

/** Nobody can guess it, and a provider that repeats it says which message it means. */
export function newMessageId(): string {
  return randomBytesPooled(16).toString('hex');
}

/**
 * @param deps.publicUrl how this server is reached, without a trailing slash; null while that is not known.
 * @param deps.receiptKeys what the address of receipts may end in, the present one first.
 * @param deps.appName what stands beside the code in a text that had to be shortened.
 */
export function createSmsSender(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  settings: SmsSettings;
  appName: string | null;
  publicUrl(): string | null;
  receiptKeys: readonly string[];
  fetch?: typeof globalThis.fetch;
}): SmsSender {
  const { clock, settings, appName } = deps;
  const { bindDomain, appHash, timeoutMs } = settings;
  const troubles = createSmsTroubles(clock);
  const listeners = new Set<(receipt: Receipt) => void>();
  const ids = settings.id === null ? null : createProviderIds(deps);
  const hideOurs = hideSecrets([...Object.values(settings.secrets), ...settings.signingSecrets]);
  const receiver =
    settings.receipt &&
    createReceiver({
      clock,
      log: deps.log,
      keys: deps.receiptKeys,
      settings: settings.receipt,
      retry: settings.retry,
      ids,
      // A request that is still under way has no number of the provider yet.
      holdMs: timeoutMs + 5_000,
      onReceipt(receipt) {
        for (const listener of listeners) listener(receipt);
      },
    });

  function receiptUrl(): string {
    const base = deps.publicUrl();
    return base === null || receiver === null ? '' : `${base}/providers/sms/${deps.receiptKeys[0]}`;
  }

  /** Takes out of a text what is ours, and whatever of the message the provider repeats. */
  function hiderFor({ code, recipient, text }: OutgoingMessage): (said: string) => string {
    const own = [code, recipient, recipient.slice(1), text].filter((each) => each !== '');
    return (said) => own.reduce((left, each) => left.replaceAll(each, '…'), hideOurs(said));
  }

  async function write(message: OutgoingMessage): Promise<void> {
    const isWanted = await message.beforeWrite().catch((error: unknown) => {
      // Not the message's fault: it uses up none of its attempts.
      if (!isUnavailable(error)) throw error;
      throw new ChannelError('wait', 'not_written', 'The database failed before the send.', false, error);
    });
    if (isWanted) return;
    throw new ChannelError('wait', 'not_written', 'The message is not to be written any more.', false);
  }

  async function send(message: OutgoingMessage): Promise<Acceptance> {
    const startedAt = clock.now();
    const text = fittingText(message, { appName, bindDomain, appHash });
    const now = clock.now();
    const request = requestFor({ ...message, text }, settings, { now, callbackUrl: receiptUrl() });
    await write(message);
    const verdict = verdictOn(await callHttp(deps, request, timeoutMs), settings, hiderFor(message));
    if (verdict.kind === 'accepted') {
      troubles.over();
      if (verdict.providerId !== null && receiver) await ids?.note(verdict.providerId, message);
      return { acceptedAt: clock.now() };
    }
    const { error, trouble } = verdict;
    if (trouble === null) troubles.over();
    else troubles.note({ sentence: error.message, needsPerson: trouble === 'person', startedAt });
    throw error;
  }

  return {
    send,
    trouble: troubles.now,
    isShut: troubles.isShut,
    onTrouble: troubles.onChange,
    onReceipt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    receiver,
    receiptUrl,
    close() {
      troubles.stop();
      receiver?.stop();
      listeners.clear();
    },
  };
}
