import type { Database } from '../../database/connect.js';
import type { Floods } from '../alarms/floods.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import type { ColdBudget } from '../otp/cold-budget.js';
import type { Conversion } from '../otp/conversion/conversion.js';
import type { Idempotency } from '../otp/idempotency.js';
import type { KeyedCalls } from '../otp/keyed-calls.js';
import type { Routing } from '../otp/route/route.js';
import { createVerifications } from '../otp/verifications/index.js';
import { createPageTokens, type PageTokens } from '../otp/verifications/page-token.js';
import { createStartsOnce, type StartsOnce } from '../otp/verifications/starts-once.js';
import type { Verifications } from '../otp/verifications/verification.js';
import type { Links } from '../otp/writing-first/links.js';
import { WRITTEN_ON } from '../otp/written-on.js';
import type { KeyedHash, Sealing } from '../sealing.js';

export interface Checked {
  verifications: Verifications;
  startsOnce: StartsOnce;
  pageTokens: PageTokens;
  /** Of the token in the hosted page's forms. */
  pageFormHash: KeyedHash;
}

/** The codes that this server checks. */
export function verificationsOf(deps: {
  database: Pick<Database, 'store'>;
  clock: Clock;
  log: Log;
  sealing: Sealing;
  delivery: Pick<Delivery, 'lanes' | 'persons' | 'changes'>;
  routing: Routing;
  links: Pick<Links, 'offerIn' | 'shown'>;
  conversion: Pick<Conversion, 'approved'>;
  coldBudget: Pick<ColdBudget, 'isLeft'>;
  limits: Limits;
  floods: Floods;
  idempotency: Idempotency;
  keyedCalls: KeyedCalls;
  /** Without a trailing slash. */
  publicUrl(): string;
}): Checked {
  const { database, sealing, delivery } = deps;
  const { lanes, persons, changes } = delivery;
  const common = { ...deps, store: database.store };
  const pageTokens = createPageTokens(sealing.hash('page'));
  const verifications = createVerifications({
    ...common,
    pageTokens,
    changes,
    sealer: sealing.sealer('code'),
    hash: sealing.hash('verification'),
    personOf: persons.personOf,
    async mayPush(phone, ttlMs) {
      const lane = lanes.get(WRITTEN_ON);
      if (!lane || (await lane.refusal(phone, ttlMs)) !== null) return false;
      return await deps.coldBudget.isLeft(lane, phone);
    },
  });
  const sealer = sealing.sealer('idempotency');
  return {
    verifications,
    startsOnce: createStartsOnce({ ...common, verifications, sealer }),
    pageTokens,
    pageFormHash: sealing.hash('page-form'),
  };
}
