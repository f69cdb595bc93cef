import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { ChannelSwitch } from '../../delivery/pause.js';
import { reasonOf } from '../../delivery/unavailable.js';

type Watched = Pick<ChannelSwitch, 'name' | 'obstacle'>;

/** Records what begins and ceases to stand in the way of a channel: the one event that is no change of a row. */
export function createObstacles(deps: { store: Store; clock: Clock; channels: readonly Watched[] }) {
  const { store, clock, channels } = deps;
  /** By channel: the code of what stood in its way when last looked at. */
  const known = new Map<string, string | null>();

  return async function look(): Promise<void> {
    for (const { name, obstacle } of channels) {
      const found = obstacle();
      const code = found?.code ?? null;
      if ((known.get(name) ?? null) === code) continue;
      const detail = {
        obstacle: found && {
          code: found.code,
          reason: reasonOf(found.code),
          retryAfterSeconds: found.retryAfterSeconds,
        },
      };
      await store
        .insertInto('webhook_events')
        .values({ type: 'channel.obstacle', at: clock.now(), channel: name, detail: JSON.stringify(detail) })
        .execute();
      known.set(name, code);
    }
  };
}
