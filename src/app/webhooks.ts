import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Sending as CodeSending, WantedCode } from '../auth/codes/sending.js';
import type { Clock } from '../clock.js';
import { STATUS } from '../http/statuses.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import type { HandedCodes } from '../otp/handed/handed-codes.js';
import type { CodeIssuer, CodeOrder } from '../otp/issue.js';
import type { CodeRequest, CodeRequests } from '../otp/request.js';
import type { Routing } from '../otp/route/route.js';
import type { Verifications } from '../otp/verifications/verification.js';
import type { Sealing } from '../sealing.js';
import { createWebhooks, type Webhooks } from '../webhooks/index.js';
import type { Opened } from './opened.js';
import type { Sending } from './sending.js';

const TOO_MANY = 429;
const UNAVAILABLE = 503;

/** What happens here, told to those who have asked to hear of it. */
export function webhooksOf(deps: {
  config: Config;
  store: Store;
  clock: Clock;
  log: Log;
  sealing: Sealing;
  opened: Opened;
  limits: Limits;
  routing: Routing;
  sending: Pick<Sending, 'sender' | 'mail' | 'delivery' | 'alarms'>;
}): Webhooks {
  const { sender, mail, delivery, alarms } = deps.sending;
  return createWebhooks({
    ...deps,
    alarms,
    sealer: deps.sealing.sealer('webhook'),
    channels: delivery.switches.filter(({ name }) => name !== 'email' || mail !== null),
    changes: [delivery.changes.subscribe, (listener) => sender.onStatus(() => listener())],
    isRefusal: ({ code }) => STATUS[code] === TOO_MANY || STATUS[code] === UNAVAILABLE,
    allowPrivate: deps.config.webhooks.allowPrivate,
  });
}

/** The doors to codes, whose refusals are told: for contracts, hooks and whoever has verifications. */
interface ToldDoors {
  issuer: CodeIssuer;
  verifications: Verifications;
  /** Limits of the sign-in contracts, too. */
  toldSending(sending: CodeSending): CodeSending;
  /** And of hooks. */
  toldHanded(handed: HandedCodes): HandedCodes;
}

export function toldDoors(
  { refusals }: Webhooks,
  { issuer, verifications }: Pick<ToldDoors, 'issuer' | 'verifications'>,
): ToldDoors {
  const { watched } = refusals;
  const ofOrder = ({ caller, contact }: Pick<CodeOrder, 'caller' | 'contact'>) => ({
    caller,
    contact: contact.value,
  });
  const ofWanted = ({ key, contact }: WantedCode) => ({
    caller: `contract:${key.contract}`,
    contact: contact.value,
  });
  return {
    issuer: {
      ...issuer,
      issue: watched(issuer.issue, ofOrder),
      reserve: watched(issuer.reserve, ofOrder),
    },
    verifications: {
      ...verifications,
      start: watched(verifications.start, ofOrder),
      resend: watched(verifications.resend, async (which) => {
        const { caller, to } = await verifications.find(which);
        return { caller, contact: to };
      }),
    },
    toldSending: ({ issue, reserve }) => ({
      issue: watched(issue, ofWanted),
      reserve: watched(reserve, ofWanted),
    }),
    toldHanded: (handed) => ({ ...handed, take: watched(handed.take, ofOrder) }),
  };
}

/** The same, for the gateway; limits of its keys among what is told. */
export function toldRequests({ refusals }: Webhooks, codes: CodeRequests): CodeRequests {
  const refusedOf = ({ caller, recipient }: CodeRequest) => ({ caller, contact: recipient });
  return { request: refusals.watched(codes.request, refusedOf) };
}
