import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import { type ColdBudget, createColdBudget } from '../otp/cold-budget.js';
import { type Conversion, createConversion } from '../otp/conversion/conversion.js';
import type { CodeIssuer } from '../otp/issue.js';
import { createKeyedCalls, type KeyedCalls } from '../otp/keyed-calls.js';
import type { Routing } from '../otp/route/route.js';
import { createServedNumbers } from '../otp/served-numbers.js';
import type { OwnTexts } from '../otp/texts/own-texts.js';
import { createLateLinks, type LateLinks } from '../otp/writing-first/late-links.js';
import type { Links } from '../otp/writing-first/links.js';
import { createOptOuts, type OptOuts } from '../otp/writing-first/opt-outs.js';
import type { Sealing } from '../sealing.js';
import { issuerOf, routesOf } from './codes.js';
import type { Sending } from './sending.js';
import { writingFirstOf } from './writing-first.js';

/** What makes codes and finds their way, with all that it asks before. */
export interface Issuing {
  routing: Routing;
  issuer: CodeIssuer;
  links: Links;
  lateLinks: LateLinks;
  keyedCalls: KeyedCalls;
  conversion: Conversion;
  coldBudget: ColdBudget;
  optOuts: OptOuts;
  ownTexts: OwnTexts;
}

export async function issuingOf(deps: {
  config: Config;
  store: Store;
  clock: Clock;
  log: Log;
  sealing: Sealing;
  limits: Limits;
  sender: Sending['sender'];
  delivery: Sending['delivery'];
  blocked: Sending['blocked'];
}): Promise<Issuing> {
  const { config, store, clock, limits, delivery } = deps;
  const conversion = createConversion(deps);
  const keyedCalls = createKeyedCalls({ store, clock });
  const coldBudget = createColdBudget({
    store,
    clock,
    limits,
    perDay: config.limits['cold-messages'].count || null,
    coldOfDay: delivery.stats.coldOfDay,
  });
  const served = createServedNumbers(config.otp.allowedCountries);
  const optOuts = createOptOuts({ store, clock, spellingsOf: delivery.persons.spellingsOf });
  const parts = { ...deps, settings: config.otp, keyedCalls, served, coldBudget, optOuts, conversion };
  const routes = routesOf(parts);
  await routes.ownTexts.load();
  const { routing, texts, ownTexts } = routes;
  const links = writingFirstOf({ ...parts, ...config.otp, routing, texts });
  const issuer = issuerOf({ ...parts, ...routes, links });
  const { changes } = delivery;
  const lateLinks = createLateLinks({ ...deps, links, changes, onOffered: changes.notify });
  return { routing, issuer, links, lateLinks, keyedCalls, conversion, coldBudget, optOuts, ownTexts };
}
