import type { Store } from '../../database/schema.js';
import type { Alarms } from '../alarms/alarms.js';
import type { Clock } from '../clock.js';
import type { ChannelSwitch } from '../delivery/pause.js';
import type { AppError } from '../errors.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import type { Routing } from '../otp/route/route.js';
import { expireCodes } from '../otp/verifications/code-rows.js';
import type { Sealer } from '../sealing.js';
import type { Endpoints } from './endpoints/endpoint.js';
import { createEndpoints } from './endpoints/endpoints.js';
import { createAttempting } from './lane/attempt.js';
import { createDeliveries } from './lane/deliveries.js';
import type { Deliveries } from './lane/delivery.js';
import { createDisabling } from './lane/disabling.js';
import { createLane } from './lane/lane.js';
import { createTidying } from './lane/tidying.js';
import { createLookUp } from './network/look-up.js';
import { createPoster } from './network/post.js';
import { createTargets, type Targets } from './network/target.js';
import { createHandOut } from './outbox/hand-out.js';
import { createObstacles } from './outbox/obstacles.js';
import { createRefusals, type Refusals } from './outbox/refusals.js';

export type { Endpoint, EndpointChange, Endpoints } from './endpoints/endpoint.js';
export { EVENT_TYPES, type EventType } from './events.js';
export type { Attempt, Deliveries, Delivery } from './lane/delivery.js';

/** What happens, told to others: Standard Webhooks 1.0.0. */
export interface Webhooks {
  endpoints: Endpoints;
  deliveries: Deliveries;
  refusals: Refusals;
  /** Only to be called by the process that holds the lock on the database. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface WebhooksDeps {
  store: Store;
  clock: Clock;
  log: Log;
  /** Of the secrets of endpoints. */
  sealer: Sealer;
  alarms: Alarms;
  limits: Pick<Limits, 'count'>;
  routing: Pick<Routing, 'stepsLeft'>;
  /** Whose obstacles are told. */
  channels: readonly Pick<ChannelSwitch, 'name' | 'obstacle'>[];
  /** Calls back when something about a job, a code or the sender has changed; returns what unsubscribes. */
  changes: readonly ((listener: () => void) => () => void)[];
  /** Which failures of requests for a code are told. */
  isRefusal(error: AppError): boolean;
  /** WEBHOOK_ALLOW_PRIVATE: plain http and private networks. */
  allowPrivate: boolean;
  lookUp?: Parameters<typeof createTargets>[0]['lookUp'];
  random?: () => number;
}

/** How often codes whose time is over are looked for. */
const EXPIRE_MS = 1_000;
const TIDY_MS = 60_000;

export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { store, clock, log, alarms } = deps;
  const targets: Targets = createTargets({ lookUp: createLookUp(deps), ...deps });
  const poster = createPoster({ clock });
  const attempt = createAttempting({ ...deps, targets, poster });
  const handOut = createHandOut(deps);
  const lookAtObstacles = createObstacles(deps);
  const tidy = createTidying(deps);
  const unsubscribe: (() => void)[] = [];

  let expiredAt = Number.NEGATIVE_INFINITY;
  let tidiedAt = Number.NEGATIVE_INFINITY;

  /** Nobody else ends codes by the second: a verification that is over is told at once. */
  async function expireNowAndThen(): Promise<void> {
    if (clock.elapsed() - expiredAt < EXPIRE_MS) return;
    expiredAt = clock.elapsed();
    await expireCodes(store, clock.now());
  }

  async function tidyNowAndThen(): Promise<void> {
    if (clock.elapsed() - tidiedAt < TIDY_MS) return;
    tidiedAt = clock.elapsed();
    await tidy();
  }

  const lane = createLane({
    store,
    clock,
    log,
    attempt,
    settled: createDisabling({ clock, alarms }),
    random: deps.random ?? Math.random,
    async prepare() {
      await expireNowAndThen();
      await lookAtObstacles();
      await handOut.run();
      await tidyNowAndThen();
    },
  });

  return {
    endpoints: createEndpoints({ ...deps, targets, onChanged: lane.wake }),
    deliveries: createDeliveries({ ...deps, attempt, onWaiting: lane.wake }),
    refusals: createRefusals({
      ...deps,
      isTold: deps.isRefusal,
      isHeard: lane.isNeeded,
      onRecorded: lane.wake,
    }),
    async start() {
      await lane.start();
      for (const subscribe of deps.changes) unsubscribe.push(subscribe(lane.noticed));
    },
    async stop() {
      for (const stop of unsubscribe) stop();
      await lane.stop();
      poster.close();
    },
  };
}
