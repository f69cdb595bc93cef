import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';

/** The operator's switch: nothing is sent, and what is asked for is refused after a moment. Survives a restart. */
export interface QueueControl {
  load(): Promise<void>;
  /** Resolves with false when it was so already. */
  pause(): Promise<boolean>;
  resume(): Promise<boolean>;
  /** Since when, or null. */
  pausedAt(): number | null;
}

/** @param onResumed called when sending may go on; `onChanged` when the switch was turned either way. */
export function createQueueControl(deps: {
  store: Store;
  clock: Clock;
  account: string;
  onResumed(): void;
  onChanged(): void;
}): QueueControl {
  const { store, clock, account } = deps;
  let pausedAt: number | null = null;

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
    pausedAt: () => pausedAt,
    async load() {
      const row = await store
        .selectFrom('service_status')
        .select('paused_at')
        .where('account', '=', account)
        .executeTakeFirst();
      pausedAt = row?.paused_at ?? null;
    },
    async pause() {
      if (pausedAt !== null) return false;
      await write(clock.now());
      return true;
    },
    async resume() {
      const wasPaused = pausedAt !== null;
      if (wasPaused) await write(null);
      deps.onResumed();
      return wasPaused;
    },
  };
}
