import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';

/** The operator's switch: codes are still taken, nothing is sent. Survives a restart. */
export interface QueueControl {
  load(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Since when, or null. */
  pausedAt(): number | null;
}

/** @param onResumed called when sending may go on. */
export function createQueueControl(deps: {
  store: Store;
  clock: Clock;
  account: string;
  onResumed(): void;
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
      if (pausedAt === null) await write(clock.now());
    },
    async resume() {
      if (pausedAt !== null) await write(null);
      deps.onResumed();
    },
  };
}
