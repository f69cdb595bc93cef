import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { KeyChanges } from '../key-changes/index.js';
import type { Limits } from '../limits/index.js';
import type { Conversion } from '../otp/conversion/conversion.js';
import { createCodes } from '../otp/operators/codes.js';
import { createReachLook } from '../otp/operators/reach.js';
import type { Routing } from '../otp/route/route.js';
import type { OptOuts } from '../otp/writing-first/opt-outs.js';
import type { RoutesDeps } from '../routes.js';
import type { Sealing } from '../sealing.js';
import type { Sending } from './sending.js';

type Shown =
  | 'jobs'
  | 'storedCodes'
  | 'lookAtReach'
  | 'stats'
  | 'changes'
  | 'queue'
  | 'switches'
  | 'usedOfDay'
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
  conversion: Conversion;
  limits: Limits;
}): Pick<RoutesDeps, Shown> {
  const { store, clock, sealing, keyChanges, conversion } = parts;
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
    usedOfDay: usedOf(parts),
    keyProgress: keyChanges.progress,
    alertsFailing: () => telegram?.failing() ?? null,
    blocked,
    conversion,
    nameHash: sealing.hash('operator-name'),
    formHash: sealing.hash('log-in-form'),
    startedAt: clock.now(),
  };
}

/** Only messages that are paid for have a limit of their own. */
function usedOf({ config, limits }: { config: Config; limits: Limits }): RoutesDeps['usedOfDay'] {
  const cap = config.limits['sms-messages'].count;
  return async (channel) => {
    if (channel !== 'sms' || cap === 0) return null;
    const [found] = await limits.used('sms-messages', 'all');
    return { used: found?.used ?? 0, cap };
  };
}
