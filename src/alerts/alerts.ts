import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Telegram } from './telegram.js';
import { backText, type Trouble, troubleText } from './texts.js';

/** Tells a person when the sender needs one, and when it is back. */
export interface SenderAlerts {
  /**
   * The sender's trouble as it is now; `null`: none. To be called on every change, and safe to be called again with
   * the same: each trouble is alerted once, also across restarts. Never throws.
   */
  trouble(trouble: Trouble | null): Promise<void>;
}

export interface SenderAlertsOptions {
  store: Store;
  clock: Clock;
  log: Log;
  account: string;
  /** Without it the alerts stand in the log alone. */
  telegram: Telegram | null;
}

export function createSenderAlerts(options: SenderAlertsOptions): SenderAlerts {
  const { store, clock, log, account, telegram } = options;
  let last: Promise<void> = Promise.resolve();

  async function report(trouble: Trouble | null) {
    try {
      const isNew = trouble ? await claim(trouble.kind) : await release();
      if (!isNew) return;
      if (trouble) log.error('sender in trouble', { account, trouble: trouble.kind });
      else log.info('sender back', { account });
      telegram?.send(trouble ? troubleText(account, trouble) : backText(account));
    } catch (error) {
      log.error('an alert could not be recorded and was not sent', {
        account,
        trouble: trouble?.kind,
        error,
      });
    }
  }

  /** Whether this call is the one that may alert: the row remembers the last trouble that was alerted. */
  async function claim(kind: Trouble['kind']): Promise<boolean> {
    await store
      .insertInto('service_status')
      .values({ account, state: 'CONNECTING', since: clock.now() })
      .onConflict((conflict) => conflict.column('account').doNothing())
      .execute();
    const { numUpdatedRows } = await store
      .updateTable('service_status')
      .set({ alerted_for: kind })
      .where('account', '=', account)
      .where((where) => where.or([where('alerted_for', 'is', null), where('alerted_for', '!=', kind)]))
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async function release(): Promise<boolean> {
    const { numUpdatedRows } = await store
      .updateTable('service_status')
      .set({ alerted_for: null })
      .where('account', '=', account)
      .where('alerted_for', 'is not', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  return {
    trouble(trouble) {
      // One after the other: "back" must not overtake what it is back from.
      last = last.then(() => report(trouble));
      return last;
    },
  };
}
