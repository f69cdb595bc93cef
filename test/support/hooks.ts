import type { Database } from '../../database/connect.js';
import { createAuditLog } from '../../src/admin/audit/audit-log.js';
import { hooksOf } from '../../src/app/hooks.js';
import type { Clock } from '../../src/clock.js';
import type { Delivery } from '../../src/delivery/index.js';
import type { Limits } from '../../src/limits/index.js';
import type { HandedCodes } from '../../src/otp/handed/handed-codes.js';
import { createIdempotency } from '../../src/otp/idempotency.js';
import type { CodeIssuer } from '../../src/otp/issue.js';
import type { Routing } from '../../src/otp/route/route.js';
import type { OwnTexts } from '../../src/otp/texts/own-texts.js';
import type { Verifications } from '../../src/otp/verifications/verification.js';
import { createSealing } from '../../src/sealing.js';
import { noLimits } from './auth.js';
import { KEY } from './secrets.js';
import { PUBLIC_URL } from './verifications.js';

/** What the routes need for hooks, over a real store. */
export function hookParts(deps: {
  database: Pick<Database, 'store'>;
  clock: Clock;
  delivery: Pick<Delivery, 'persons'>;
  issuer: CodeIssuer;
  ownTexts: OwnTexts;
  routing: Pick<Routing, 'routeTo'>;
  verifications: Verifications;
  limits?: Limits;
  toldHanded?(handed: HandedCodes): HandedCodes;
}) {
  const { store } = deps.database;
  const { clock } = deps;
  const sealing = createSealing(KEY, null);
  return hooksOf({
    toldHanded: (handed) => handed,
    ...deps,
    store,
    sealing,
    account: 'default',
    limits: deps.limits ?? noLimits({ store, clock }),
    audit: createAuditLog({ store, clock }),
    idempotency: createIdempotency({
      store,
      clock,
      sealer: sealing.sealer('idempotency'),
      hash: sealing.hash('idempotency'),
    }),
    publicUrl: () => PUBLIC_URL,
  });
}
