import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { createLogins, type Sessions } from '../http/operator-sessions/sessions.js';
import type { KeyChanges } from '../key-changes/index.js';
import type { Log } from '../log.js';
import { createConversion } from '../otp/conversion/conversion.js';
import { createCodes } from '../otp/operators/codes.js';
import { createReachLook } from '../otp/operators/reach.js';
import type { Routing } from '../otp/route/route.js';
import type { OptOuts } from '../otp/writing-first/opt-outs.js';
import type { RoutesDeps } from '../routes.js';
import type { Sealing } from '../sealing.js';
import type { Sending } from './sending.js';

/** Who is signed in to the dashboard. */
export function operatorSessionsOf(parts: {
  config: Config;
  https: boolean;
  clock: Clock;
  log: Log;
}): Sessions {
  const { config, https, clock, log } = parts;
  const { database, admin, dataDir } = config;
  const file = join(dataDir, 'sessions.db');
  const store = database.kind === 'postgres' ? database : { kind: 'sqlite' as const, file };
  return createLogins({ store, secret: admin.sessionSecret, credentials: admin, https, clock, log });
}

type Shown =
  | 'jobs'
  | 'storedCodes'
  | 'lookAtReach'
  | 'stats'
  | 'changes'
  | 'queue'
  | 'switches'
  | 'keyProgress'
  | 'alertsFailing'
  | 'blocked'
  | 'conversion'
  | 'nameHash'
  | 'formHash'
  | 'startedAt';

/** What the dashboard shows and steers, beside what the other doors need as well. */
export function dashboardOf(parts: {
  config: Config;
  routing: Routing;
  optOuts: Pick<OptOuts, 'isOptedOut'>;
  store: Store;
  clock: Clock;
  sealing: Sealing;
  sending: Sending;
  keyChanges: KeyChanges;
}): Pick<RoutesDeps, Shown> {
  const { store, clock, sealing, keyChanges } = parts;
  const { sender, delivery, mail, blocked, telegram } = parts.sending;
  return {
    jobs: delivery.jobs,
    storedCodes: createCodes({ store, clock }),
    lookAtReach: createReachLook({
      ...parts,
      isOptedOut: parts.optOuts.isOptedOut,
      canReceive: sender.canReceive,
      account: parts.config.whatsapp.account,
      spellingsOf: delivery.persons.spellingsOf,
    }),
    stats: delivery.stats,
    changes: delivery.changes,
    queue: delivery.control,
    switches: delivery.switches.filter(({ name }) => name !== 'email' || mail !== null),
    keyProgress: keyChanges.progress,
    alertsFailing: () => telegram?.failing() ?? null,
    blocked,
    conversion: createConversion({ store, clock, blocked }),
    nameHash: sealing.hash('operator-name'),
    formHash: sealing.hash('log-in-form'),
    startedAt: clock.now(),
  };
}
