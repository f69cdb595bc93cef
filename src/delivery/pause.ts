import type { Store } from '../../database/schema.js';
import { type Clock, watchSteps } from '../clock.js';
import type { Channel } from './channels.js';
import { type Closure, type Obstacle, PERSON_NEEDED_RETRY_SECONDS } from './outlet.js';

/** The operator's switch: nothing is sent, and after a moment new codes are refused. Survives a restart. */
export interface QueueControl {
  load(): Promise<void>;
  /** Resolves with false if it was already paused; `resume`, if it was not. */
  pause(): Promise<boolean>;
  resume(): Promise<boolean>;
  /** Since when, or null. */
  pausedAt(): number | null;
}

/** The same for one channel: its codes are refused at once, so that those with another channel take that. */
export interface ChannelPause extends QueueControl {
  /** The channel, shut while it is paused. */
  channel: Channel;
}

/** A channel as operators see it, with its switch. */
export interface ChannelSwitch extends Pick<QueueControl, 'pause' | 'resume' | 'pausedAt'> {
  name: string;
  /** Each message is paid for. */
  costs: boolean;
  /** What prevents a code at the moment, the pauses included; null = nothing. */
  obstacle(): Obstacle | null;
}

interface PauseDeps {
  store: Store;
  clock: Clock;
  account: string;
  /** Called when sending was paused or resumed. */
  onChanged(): void;
}

export function createQueueControl({ store, clock, account, onChanged }: PauseDeps): QueueControl {
  return createPause({
    clock,
    onChanged,
    async read() {
      const row = await store
        .selectFrom('service_status')
        .select('paused_at')
        .where('account', '=', account)
        .executeTakeFirst();
      return row?.paused_at ?? null;
    },
    async write(value) {
      await store
        .insertInto('service_status')
        .values({ account, state: 'DISCONNECTED', since: clock.now(), paused_at: value })
        .onConflict((conflict) => conflict.column('account').doUpdateSet({ paused_at: value }))
        .execute();
    },
  });
}

export function createChannelPause(
  channel: Channel,
  { store, clock, account, onChanged }: PauseDeps,
): ChannelPause {
  const own = { account, channel: channel.name };
  const pause = createPause({
    clock,
    onChanged,
    async read() {
      const rows = store.selectFrom('channel_pauses').select('paused_at').where('account', '=', account);
      return (await rows.where('channel', '=', channel.name).executeTakeFirst())?.paused_at ?? null;
    },
    async write(value) {
      const rows = store.deleteFrom('channel_pauses').where('account', '=', account);
      if (value === null) return void (await rows.where('channel', '=', channel.name).execute());
      await store
        .insertInto('channel_pauses')
        .values({ ...own, paused_at: value })
        .onConflict((conflict) => conflict.columns(['account', 'channel']).doNothing())
        .execute();
    },
  });
  const closure = () => (pause.pausedAt() === null ? channel.outlet.closure() : SHUT);
  return { ...pause, channel: { ...channel, outlet: { ...channel.outlet, closure } } };
}

export function switchOf(
  { channel, pause, resume, pausedAt }: ChannelPause,
  lane: { obstacle(): Obstacle | null; wake(): void },
): ChannelSwitch {
  const { name, costs } = channel;
  return {
    name,
    costs,
    pausedAt,
    pause,
    obstacle: lane.obstacle,
    async resume() {
      const wasPaused = await resume();
      lane.wake();
      return wasPaused;
    },
  };
}

const SHUT: Closure = {
  code: 'channel_paused',
  retryAfterSeconds: PERSON_NEEDED_RETRY_SECONDS,
  mayEndAt: null,
  isBrief: () => false,
};

function createPause(deps: {
  clock: Clock;
  read(): Promise<number | null>;
  write(value: number | null): Promise<void>;
  onChanged(): void;
}): QueueControl {
  const { clock, read, write, onChanged } = deps;
  const movedMs = watchSteps(clock);
  let pausedAt: number | null = null;

  /** Shifted when the clock is set, so that a pause keeps its true length. */
  function since(): number | null {
    const ms = movedMs();
    if (pausedAt !== null) pausedAt += ms;
    return pausedAt;
  }

  async function set(value: number | null): Promise<void> {
    await write(value);
    pausedAt = value;
    onChanged();
  }

  return {
    pausedAt: since,
    async load() {
      const stored = await read();
      since();
      pausedAt = stored === null ? null : Math.min(stored, clock.now());
    },
    async pause() {
      if (since() !== null) return false;
      await set(clock.now());
      return true;
    },
    async resume() {
      const wasPaused = pausedAt !== null;
      if (wasPaused) await set(null);
      return wasPaused;
    },
  };
}
