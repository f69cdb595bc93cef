import type { Database } from '../../database/connect.js';
import { createAlarms } from '../../src/alarms/alarms.js';
import type { Clock } from '../../src/clock.js';
import type { Delivery } from '../../src/delivery/index.js';
import { STATUS } from '../../src/http/statuses.js';
import { createLimits } from '../../src/limits/index.js';
import { rulesOf } from '../../src/limits/rules.js';
import { silentLog } from '../../src/log.js';
import type { Routing } from '../../src/otp/route/route.js';
import { createSealer } from '../../src/sealing.js';
import { createWebhooks, type Webhooks } from '../../src/webhooks/index.js';
import { KEY } from './secrets.js';

/** What is told of this database and these lanes; nothing is until `start`. */
export function openWebhooks(deps: {
  database: Pick<Database, 'store'>;
  clock: Clock;
  delivery: Pick<Delivery, 'switches' | 'changes'>;
  routing: Pick<Routing, 'stepsLeft'>;
  telegram?: { send(text: string): void };
  allowPrivate?: boolean;
}): Webhooks {
  const { clock, delivery } = deps;
  const { store } = deps.database;
  return createWebhooks({
    store,
    clock,
    log: silentLog,
    sealer: createSealer(KEY, 'webhook'),
    alarms: createAlarms({ store, clock, log: silentLog, telegram: deps.telegram ?? null }),
    limits: createLimits({ store, clock, rules: rulesOf({ eased: false, overrides: {} }) }),
    routing: deps.routing,
    channels: delivery.switches.filter(({ name }) => name !== 'email'),
    changes: [delivery.changes.subscribe],
    isRefusal: ({ code }) => [429, 503].includes(STATUS[code]),
    allowPrivate: deps.allowPrivate ?? true,
    random: () => 0,
  });
}
