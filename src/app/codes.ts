import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import type { Log } from '../log.js';
import type { ColdBudget } from '../otp/cold-budget.js';
import type { Conversion } from '../otp/conversion/conversion.js';
import { type CodeIssuer, createCodeIssuer } from '../otp/issue.js';
import type { KeyedCalls } from '../otp/keyed-calls.js';
import { createPlaces, type Places } from '../otp/places.js';
import type { Routing, Wording } from '../otp/route/route.js';
import { createRoutedCodes } from '../otp/route/routed-codes.js';
import { createRouting } from '../otp/route/routing.js';
import type { ServedNumbers } from '../otp/served-numbers.js';
import { createTexts, type Texts } from '../otp/texts/index.js';
import { createOwnTexts, type OwnTexts } from '../otp/texts/own-texts.js';
import { createWording } from '../otp/wording.js';
import type { Links } from '../otp/writing-first/links.js';
import type { OptOuts } from '../otp/writing-first/opt-outs.js';
import type { Sealing } from '../sealing.js';

/** How codes are worded, and which way they take. */
export type CodeSettings = Pick<
  Config['otp'],
  'messageTemplate' | 'ownTemplate' | 'appName' | 'defaultLanguage' | 'route' | 'waitsMs'
>;

export interface Routes {
  routing: Routing;
  places: Places;
  wording: Wording;
  texts: Texts;
  ownTexts: OwnTexts;
}

/** What moves codes along their routes. */
export function routesOf(deps: {
  settings: CodeSettings;
  store: Store;
  clock: Clock;
  log: Log;
  sealing: Sealing;
  delivery: Pick<Delivery, 'lanes' | 'changes' | 'persons'>;
  keyedCalls: KeyedCalls;
  served: ServedNumbers;
  coldBudget: Pick<ColdBudget, 'countFor'>;
  optOuts: Pick<OptOuts, 'isOptedOut'>;
  conversion: Pick<Conversion, 'started'>;
}): Routes {
  const { settings, store, clock, log, sealing, delivery } = deps;
  const { appName, ownTemplate, defaultLanguage, messageTemplate, route, waitsMs } = settings;
  const ownTexts = createOwnTexts({ store, clock, log });
  const texts = createTexts({ appName, template: ownTemplate, defaultLanguage, own: ownTexts });
  const wording = createWording({ messageTemplate, texts });
  const places = createPlaces({ ...deps, ...delivery, isOptedOut: deps.optOuts.isOptedOut });
  const routing = createRouting({
    ...deps,
    places,
    conversion: deps.conversion,
    wording,
    waitsMs,
    changes: delivery.changes,
    sealer: sealing.sealer('code'),
    spellingsOf: delivery.persons.spellingsOf,
    codeRoute: route,
  });
  return { routing, places, wording, texts, ownTexts };
}

/** What makes codes. */
export function issuerOf(
  deps: Omit<Routes, 'texts' | 'ownTexts'> & {
    store: Store;
    clock: Clock;
    sealing: Sealing;
    delivery: Pick<Delivery, 'persons'>;
    keyedCalls: KeyedCalls;
    links: Pick<Links, 'areOfUse' | 'offerIn'>;
  },
): CodeIssuer {
  const { sealing, delivery } = deps;
  const routed = createRoutedCodes({
    ...deps,
    sealer: sealing.sealer('code'),
    codeHash: sealing.hash('code'),
    spellingsOf: delivery.persons.spellingsOf,
  });
  return createCodeIssuer({ ...deps, routed });
}
