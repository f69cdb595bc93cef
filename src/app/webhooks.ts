import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { STATUS } from '../http/statuses.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
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

/** The same, for the sign-in contracts and hooks; whose refusals are told. */
export function toldIssuer({ refusals }: Webhooks, issuer: CodeIssuer): CodeIssuer {
  const refusedOf = ({ caller, contact }: CodeOrder) => ({ caller, contact: contact.value });
  return {
    ...issuer,
    issue: refusals.watched(issuer.issue, refusedOf),
    reserve: refusals.watched(issuer.reserve, refusedOf),
  };
}

/** The same, for the gateway; limits of its keys among what is told. */
export function toldRequests({ refusals }: Webhooks, codes: CodeRequests): CodeRequests {
  const refusedOf = ({ caller, recipient }: CodeRequest) => ({ caller, contact: recipient });
  return { request: refusals.watched(codes.request, refusedOf) };
}

/** The same verifications, whose refusals are told. */
export function toldVerifications({ refusals }: Webhooks, verifications: Verifications): Verifications {
  return {
    ...verifications,
    start: refusals.watched(verifications.start, ({ caller, contact }) => ({
      caller,
      contact: contact.value,
    })),
    resend: refusals.watched(verifications.resend, ({ caller = 'env' }) => ({ caller, contact: null })),
  };
}
