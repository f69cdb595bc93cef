import type { Database } from '../../database/connect.js';
import { type CodeSettings, issuerOf, routesOf } from '../../src/app/codes.js';
import type { Clock } from '../../src/clock.js';
import type { Delivery } from '../../src/delivery/index.js';
import { type Log, silentLog } from '../../src/log.js';
import type { ColdBudget } from '../../src/otp/cold-budget.js';
import type { Conversion } from '../../src/otp/conversion/conversion.js';
import type { KeyedCalls } from '../../src/otp/keyed-calls.js';
import { createServedNumbers, type ServedNumbers } from '../../src/otp/served-numbers.js';
import type { OwnTexts } from '../../src/otp/texts/own-texts.js';
import type { Links } from '../../src/otp/writing-first/links.js';
import type { OptOuts } from '../../src/otp/writing-first/opt-outs.js';
import { createSealing } from '../../src/sealing.js';
import { noColdBudget, noKeyedCalls } from './auth.js';
import { KEY } from './secrets.js';

/** What makes codes and moves them along their routes, over a real store. */
export function openCodes(deps: {
  database: Pick<Database, 'store'>;
  delivery: Pick<Delivery, 'lanes' | 'changes' | 'persons'>;
  clock: Clock;
  log?: Log;
  settings?: Partial<CodeSettings>;
  keyedCalls?: KeyedCalls;
  served?: ServedNumbers;
  coldBudget?: Pick<ColdBudget, 'countFor'>;
  optOuts?: Pick<OptOuts, 'isOptedOut'>;
  links?: Pick<Links, 'areOfUse' | 'offerIn'>;
  conversion?: Pick<Conversion, 'started'>;
}) {
  const { database, delivery, clock, log = silentLog, settings } = deps;
  const first = [...delivery.lanes.values()].find(({ channel }) => channel.reaches === 'phone');
  const common: Parameters<typeof routesOf>[0] & Pick<Parameters<typeof issuerOf>[0], 'links'> = {
    store: database.store,
    delivery,
    clock,
    log,
    sealing: createSealing(KEY, null),
    settings: {
      messageTemplate: 'Your code is {{code}}.',
      ownTemplate: null,
      appName: null,
      defaultLanguage: 'en',
      route: [first?.channel.name ?? 'whatsapp'],
      waitsMs: { whatsapp: 25_000, sms: 60_000 },
      ...settings,
    },
    keyedCalls: deps.keyedCalls ?? noKeyedCalls,
    served: deps.served ?? createServedNumbers(null),
    coldBudget: deps.coldBudget ?? noColdBudget,
    optOuts: deps.optOuts ?? { isOptedOut: async () => false },
    links: deps.links ?? NO_LINKS,
    conversion: deps.conversion ?? { started: async () => {} },
  };
  const routes = routesOf(common);
  return { ...routes, issuer: issuerOf({ ...common, ...routes }) };
}

/** Nobody can be asked to write first. */
const NO_LINKS: Pick<Links, 'areOfUse' | 'offerIn'> = { areOfUse: () => false, offerIn: async () => null };

/** Nobody has written texts of its own. */
export const noOwnTexts: Pick<OwnTexts, 'of'> = { of: () => new Map() };
