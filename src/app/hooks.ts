import type { Store } from '../../database/schema.js';
import { createHookStore, type HookAudit } from '../callers/hooks/hook-store.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import { createHooks } from '../hooks/hooks.js';
import { createReceive } from '../hooks/receive.js';
import type { Limits } from '../limits/index.js';
import { createHandedCodes, type HandedCodes } from '../otp/handed/handed-codes.js';
import { createLinksToWrite } from '../otp/handed/links-to-write.js';
import { createIsMissing } from '../otp/handed/missing-numbers.js';
import type { Idempotency } from '../otp/idempotency.js';
import type { CodeIssuer } from '../otp/issue.js';
import type { Routing } from '../otp/route/route.js';
import type { OwnTexts } from '../otp/texts/own-texts.js';
import type { Verifications } from '../otp/verifications/verification.js';
import type { RoutesDeps } from '../routes.js';
import type { Sealing } from '../sealing.js';

/** What takes the codes of auth servers, and what operators make of it. */
export function hooksOf(deps: {
  store: Store;
  clock: Clock;
  sealing: Sealing;
  audit: HookAudit;
  issuer: CodeIssuer;
  idempotency: Idempotency;
  limits: Limits;
  ownTexts: OwnTexts;
  routing: Pick<Routing, 'routeTo'>;
  account: string;
  delivery: Pick<Delivery, 'persons'>;
  verifications: Verifications;
  publicUrl(): string;
  /** The same, with its refusals told. */
  toldHanded(handed: HandedCodes): HandedCodes;
}): Pick<RoutesDeps, 'hooks' | 'hookRows' | 'receive'> {
  const { clock, sealing, publicUrl } = deps;
  const hookRows = createHookStore({ ...deps, sealer: sealing.sealer('hook') });
  const handed = createHandedCodes({
    ...deps,
    isMissing: createIsMissing(deps),
    personOf: deps.delivery.persons.personOf,
  });
  const links = createLinksToWrite(deps);
  return {
    hooks: createHooks({ rows: hookRows, publicUrl }),
    hookRows,
    receive: createReceive({ clock, hooks: hookRows, handed: deps.toldHanded(handed), links }),
  };
}
