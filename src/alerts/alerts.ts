import type { Store } from '../../database/schema.js';
import type { Trouble } from '../channels/sender.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { createTurns } from '../one-at-a-time.js';
import type { Telegram } from './telegram.js';
import { backText, troubleText } from './texts.js';

/** Tells a person when the sender needs one, and when it is back. */
export interface SenderAlerts {
  /**
   * The sender's present trouble; `null`: none. To be called on every change, and safe to call again with the same one:
   * each trouble is alerted once, even across restarts, unless a restart came before the alert had arrived. Never throws.
   */
  trouble(trouble: Trouble | null): Promise<void>;
}

export interface SenderAlertsOptions {
  store: Store;
  clock: Clock;
  log: Log;
  account: string;
  /** Without it, alerts only go to the log. */
  telegram: Telegram | null;
}

export function createSenderAlerts(options: SenderAlertsOptions): SenderAlerts {
  const { store, clock, log, account, telegram } = options;
  const inTurn = createTurns();
  const startedAt = clock.now();

  async function report(trouble: Trouble | null) {
    try {
      const alert = await claim(trouble);
      if (!alert) return;
      if (trouble) log.error('sender in trouble', { account, trouble: trouble.kind });
      else log.info('sender back', { account });
      const now = clock.now();
      if (trouble) telegram?.send(troubleText(account, trouble, now), () => void arrived(trouble.kind));
      else telegram?.send(backText(account, alert.since, now));
    } catch (error) {
      log.error('an alert could not be recorded and was not sent', {
        account,
        trouble: trouble?.kind,
        error,
      });
    }
  }

  /** Not null: this call is the one to send the alert, about what began at `since`. The row records what was alerted. */
  async function claim(trouble: Trouble | null): Promise<{ since: number | null } | null> {
    await store
      .insertInto('service_status')
      .values({ account, state: 'CONNECTING', since: clock.now() })
      .onConflict((conflict) => conflict.column('account').doNothing())
      .execute();
    for (;;) {
      const row = await store
        .selectFrom('service_status')
        .select(['alerted_for', 'alerted_since', 'alerted_at', 'alert_delivered_at'])
        .where('account', '=', account)
        .executeTakeFirstOrThrow();
      const { alerted_for: before, alerted_since: since } = row;
      const { after, isNew } = nextAlert(before, trouble?.kind ?? null);
      if (after === before) return trouble && (await sendsAgain(row.alerted_at)) ? { since } : null;
      const began = trouble && Math.min(trouble.since, since ?? trouble.since);
      const { numUpdatedRows } = await store
        .updateTable('service_status')
        .set({
          alerted_for: after,
          alerted_since: began,
          ...(isNew && { alerted_at: clock.now(), alert_delivered_at: null }),
        })
        .where('account', '=', account)
        .where('alerted_for', before === null ? 'is' : '=', before)
        .executeTakeFirst();
      if (numUpdatedRows === 1n) return isNew ? { since: began ?? since } : null;
    }
  }

  /** An alert of an earlier run that had not arrived when that run ended: whoever takes it over sends it. */
  async function sendsAgain(alertedAt: number | null): Promise<boolean> {
    if (!telegram || alertedAt === null || alertedAt >= startedAt) return false;
    const { numUpdatedRows } = await store
      .updateTable('service_status')
      .set({ alerted_at: clock.now() })
      .where('account', '=', account)
      .where('alerted_at', '=', alertedAt)
      .where('alert_delivered_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async function arrived(kind: Trouble['kind']): Promise<void> {
    await store
      .updateTable('service_status')
      .set({ alert_delivered_at: clock.now() })
      .where('account', '=', account)
      .where('alerted_for', 'like', `%${kind}`)
      .execute()
      .catch((error: unknown) => log.warn('that an alert arrived could not be noted', { account, error }));
  }

  return {
    trouble(trouble) {
      // In turn: "back" must not be sent before the trouble it ends.
      return inTurn(() => report(trouble));
    },
  };
}

/**
 * A restriction outlasts other troubles, which are recorded with it ("restricted+retries_exhausted"): once they are over,
 * the restriction is not news again.
 */
function nextAlert(
  before: string | null,
  kind: Trouble['kind'] | null,
): { after: string | null; isNew: boolean } {
  if (kind === null) return { after: null, isNew: true };
  const known = before?.split('+') ?? [];
  const isNew = !known.includes(kind);
  const isBeside = kind !== 'restricted' && known.includes('restricted');
  return { after: isBeside ? `restricted+${kind}` : kind, isNew };
}
