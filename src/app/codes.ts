import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import type { Log } from '../log.js';
import type { ColdBudget } from '../otp/cold-budget.js';
import { type CodeIssuer, createCodeIssuer } from '../otp/issue.js';
import type { KeyedCalls } from '../otp/keyed-calls.js';
import { createPlaces } from '../otp/places.js';
import type { Routing } from '../otp/route/route.js';
import { createRoutedCodes } from '../otp/route/routed-codes.js';
import { createRouting } from '../otp/route/routing.js';
import type { ServedNumbers } from '../otp/served-numbers.js';
import { createTexts, type Texts } from '../otp/texts/index.js';
import type { OwnTexts } from '../otp/texts/own-texts.js';
import { createWording } from '../otp/wording.js';
import type { OptOuts } from '../otp/writing-first/opt-outs.js';
import type { Sealing } from '../sealing.js';

/** How codes are worded, and which way they take. */
export type CodeSettings = Pick<
  Config['otp'],
  'messageTemplate' | 'ownTemplate' | 'appName' | 'defaultLanguage' | 'route' | 'waitsMs'
>;

/** What makes codes, and what moves them along their routes. */
export function codesOf(deps: {
  settings: CodeSettings;
  store: Store;
  clock: Clock;
  log: Log;
  sealing: Sealing;
  delivery: Pick<Delivery, 'lanes' | 'changes' | 'persons'>;
  keyedCalls: KeyedCalls;
  served: ServedNumbers;
  coldBudget: Pick<ColdBudget, 'countFor'>;
  ownTexts: Pick<OwnTexts, 'of'>;
  optOuts: Pick<OptOuts, 'isOptedOut'>;
}): { issuer: CodeIssuer; routing: Routing; texts: Texts } {
  const { settings, store, clock, log, sealing, delivery } = deps;
  const { appName, ownTemplate, defaultLanguage, messageTemplate, route, waitsMs } = settings;
  const texts = createTexts({ appName, template: ownTemplate, defaultLanguage, own: deps.ownTexts });
  const wording = createWording({ messageTemplate, texts });
  const places = createPlaces({ ...deps, ...delivery, isOptedOut: deps.optOuts.isOptedOut });
  const common = {
    store,
    clock,
    log,
    places,
    wording,
    changes: delivery.changes,
    sealer: sealing.sealer('code'),
    codeHash: sealing.hash('code'),
    spellingsOf: delivery.persons.spellingsOf,
  };
  const routing = createRouting({ ...common, waitsMs, codeRoute: route });
  const routed = createRoutedCodes({ ...common, routing });
  return { issuer: createCodeIssuer({ ...deps, places, routed, wording }), routing, texts };
}
