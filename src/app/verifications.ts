import type { Database } from '../../database/connect.js';
import type { Floods } from '../alarms/floods.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import type { Idempotency } from '../otp/idempotency.js';
import type { KeyedCalls } from '../otp/keyed-calls.js';
import type { Routing } from '../otp/route/route.js';
import { createVerifications } from '../otp/verifications/index.js';
import { createPageTokens, type PageTokens } from '../otp/verifications/page-token.js';
import { createStartsOnce, type StartsOnce } from '../otp/verifications/starts-once.js';
import type { Verifications } from '../otp/verifications/verification.js';
import type { Links } from '../otp/writing-first/links.js';
import type { Sealing } from '../sealing.js';

const NO_LINKS = { offerIn: async () => null, shown: async () => new Map() };

/** The codes that this server checks. */
export function verificationsOf(deps: {
  database: Pick<Database, 'store'>;
  clock: Clock;
  log: Log;
  sealing: Sealing;
  delivery: Pick<Delivery, 'lanes' | 'persons' | 'changes'>;
  routing: Routing;
  /** Without it nobody is asked to write first. */
  links?: Pick<Links, 'offerIn' | 'shown'>;
  limits: Limits;
  floods: Floods;
  idempotency: Idempotency;
  keyedCalls: KeyedCalls;
  /** Without a trailing slash. */
  publicUrl(): string;
}): { verifications: Verifications; startsOnce: StartsOnce; pageTokens: PageTokens } {
  const { database, sealing, delivery, links = NO_LINKS } = deps;
  const { lanes, persons, changes } = delivery;
  const common = { ...deps, store: database.store };
  const pageTokens = createPageTokens(sealing.hash('page'));
  const verifications = createVerifications({
    ...common,
    links,
    pageTokens,
    changes,
    sealer: sealing.sealer('code'),
    hash: sealing.hash('verification'),
    personOf: persons.personOf,
    isCold: async (phone) => (await lanes.get('whatsapp')?.isCold(phone)) ?? true,
  });
  const sealer = sealing.sealer('idempotency');
  return {
    verifications,
    startsOnce: createStartsOnce({ ...common, verifications, sealer }),
    pageTokens,
  };
}
