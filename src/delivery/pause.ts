import type { Store } from '../../database/schema.js';
import { type Clock, watchSteps } from '../clock.js';

/** The operator's switch: nothing is sent, and after a moment new codes are refused. Survives a restart. */
export interface QueueControl {
  load(): Promise<void>;
  /** Resolves with false if it was already paused; `resume`, if it was not. */
  pause(): Promise<boolean>;
  resume(): Promise<boolean>;
  /** Since when, or null. */
  pausedAt(): number | null;
}

/** @param onChanged called when sending was paused or resumed. */
export function createQueueControl(deps: {
  store: Store;
  clock: Clock;
  account: string;
  onChanged(): void;
}): QueueControl {
  const { store, clock, account } = deps;
  const movedMs = watchSteps(clock);
  let pausedAt: number | null = null;

  /** Shifted when the clock is set, so that a pause keeps its true length. */
  function since(): number | null {
    const ms = movedMs();
    if (pausedAt !== null) pausedAt += ms;
    return pausedAt;
  }

  async function write(value: number | null): Promise<void> {
    await store
      .insertInto('service_status')
      .values({ account, state: 'DISCONNECTED', since: clock.now(), paused_at: value })
      .onConflict((conflict) => conflict.column('account').doUpdateSet({ paused_at: value }))
      .execute();
    pausedAt = value;
    deps.onChanged();
  }

  return {
    pausedAt: since,
    async load() {
      const row = await store
        .selectFrom('service_status')
        .select('paused_at')
        .where('account', '=', account)
        .executeTakeFirst();
      since();
      pausedAt = row?.paused_at ? Math.min(row.paused_at, clock.now()) : null;
    },
    async pause() {
      if (since() !== null) return false;
      await write(clock.now());
      return true;
    },
    async resume() {
      const wasPaused = pausedAt !== null;
      if (wasPaused) await write(null);
      return wasPaused;
    },
  };
}
