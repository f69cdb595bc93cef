import type { Database } from '../../database/connect.js';
import type { Floods } from '../../src/alarms/floods.js';
import { verificationsOf } from '../../src/app/verifications.js';
import type { Clock } from '../../src/clock.js';
import type { Delivery } from '../../src/delivery/index.js';
import type { Limits } from '../../src/limits/index.js';
import { silentLog } from '../../src/log.js';
import type { Conversion } from '../../src/otp/conversion/conversion.js';
import { createIdempotency } from '../../src/otp/idempotency.js';
import type { Routing } from '../../src/otp/route/route.js';
import type { Links } from '../../src/otp/writing-first/links.js';
import { createSealing } from '../../src/sealing.js';
import { noFloods, noKeyedCalls, noLimits } from './auth.js';
import { KEY } from './secrets.js';

/** Nobody is asked to write first. */
const NO_LINKS: Pick<Links, 'offerIn' | 'shown'> = {
  offerIn: async () => null,
  shown: async () => new Map(),
};

export const PUBLIC_URL = 'https://otp.example.com';

/** What the routes need for verifications, over a real store. */
export function verificationParts(deps: {
  database: Pick<Database, 'store'>;
  clock: Clock;
  delivery: Pick<Delivery, 'lanes' | 'persons' | 'changes'>;
  routing: Routing;
  floods?: Floods;
  limits?: Limits;
  links?: Pick<Links, 'offerIn' | 'shown'>;
  conversion?: Pick<Conversion, 'started' | 'approved'>;
}) {
  const { database, clock } = deps;
  const { store } = database;
  const sealing = createSealing(KEY, null);
  const checked = verificationsOf({
    ...deps,
    log: silentLog,
    sealing,
    limits: deps.limits ?? noLimits({ store, clock }),
    links: deps.links ?? NO_LINKS,
    coldBudget: { isLeft: async (lane, recipient) => !(await lane.isCold(recipient)) },
    conversion: deps.conversion ?? { approved: async () => {} },
    floods: deps.floods ?? noFloods,
    keyedCalls: noKeyedCalls,
    idempotency: createIdempotency({
      store,
      clock,
      sealer: sealing.sealer('idempotency'),
      hash: sealing.hash('idempotency'),
    }),
    publicUrl: () => PUBLIC_URL,
  });
  return { ...checked, appName: 'Acme', defaultLanguage: 'en' as const, publicUrl: () => PUBLIC_URL };
}
