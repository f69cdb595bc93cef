import type { Store } from '../../../database/schema.js';
import type { Receipt } from '../../channels/channel.js';
import { type Clock, sleep } from '../../clock.js';
import type { Log } from '../../log.js';
import { recordReceipt } from '../queue/outcomes.js';

/** Stores receipts in order. They are only reported once, so while the store fails they wait in memory. */
export interface ReceiptLog {
  note(receipt: Receipt): void;
  /** Gives up what the store does not accept now. */
  stop(): Promise<void>;
}

const STORE_RETRY_MS = 1_000;

/** @param onStored called when a receipt changed what is known about a job. */
export function createReceiptLog(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  tracksRecipients: boolean;
  onStored(): void;
}): ReceiptLog {
  const { store, clock, log, tracksRecipients } = deps;
  const stopping = new AbortController();
  let last: Promise<void> = Promise.resolve();

  async function record(receipt: Receipt): Promise<void> {
    do {
      try {
        const isOurs = await store
          .transaction()
          .execute((trx) => recordReceipt(trx, receipt, tracksRecipients));
        if (isOurs) deps.onStored();
        return;
      } catch (error) {
        log.error('a receipt could not be stored; trying again', { error });
        await sleep(clock, STORE_RETRY_MS, stopping.signal);
      }
    } while (!stopping.signal.aborted);
  }

  return {
    note(receipt) {
      last = last.then(() => record(receipt));
    },
    async stop() {
      stopping.abort();
      await last;
    },
  };
}
