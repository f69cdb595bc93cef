import { SCOPES, type Scope } from './scopes.js';

/** On whose behalf a request is made, according to its key. */
export interface Caller {
  /** `env`, or `key:` and the key's id: jobs, limits and idempotency keys are stored under it. */
  id: string;
  scopes: ReadonlySet<Scope>;
  limits: CallerLimits;
  /** Where pages of its verifications may lead back to, as `returnUrlEntry` writes them. */
  returnUrls: readonly string[];
  /** Compatible APIs refuse what was asked for over SMS or by a call. */
  refusesSms: boolean;
}

/** Null: as many as the server accepts. */
export interface CallerLimits {
  /** Requests. */
  perMinute: number | null;
  /** Codes, verifications that are started, and codes that are sent again. */
  codesPerMinute: number | null;
  codesPerHour: number | null;
  perDay: number | null;
  /** Codes a day to one country (ISO 3166-1 alpha-2); `*` stands for each country that is not named. */
  perCountry: ReadonlyMap<string, number> | null;
}

const NO_LIMITS: CallerLimits = {
  perMinute: null,
  codesPerMinute: null,
  codesPerHour: null,
  perDay: null,
  perCountry: null,
};

/** Whoever uses a key of the environment; the original caller, with every scope. */
export const ENVIRONMENT: Caller = {
  id: 'env',
  scopes: new Set(SCOPES),
  limits: NO_LIMITS,
  returnUrls: [],
  refusesSms: false,
};

export function keyCallerId(keyId: string): string {
  return `key:${keyId}`;
}

export function hookCallerId(hookId: string): string {
  return `hook:${hookId}`;
}

/** Whether its key has any limit of codes. */
export function areCodesCounted({ limits }: Pick<Caller, 'limits'>): boolean {
  const { codesPerMinute, codesPerHour, perDay, perCountry } = limits;
  return [codesPerMinute, codesPerHour, perDay, perCountry].some((limit) => limit !== null);
}
