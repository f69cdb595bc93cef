import type { ApiKeyRow } from '../../database/schema.js';
import type { CallerLimits } from './caller.js';
import type { KeyOrder } from './key-order.js';
import { isScope } from './scopes.js';

/** A key as operators see it: neither its secret nor the stored hash. */
export interface KeyView extends KeyOrder {
  refusesSms: boolean;
  id: string;
  state: 'active' | 'expired' | 'revoked';
  createdAt: number;
  createdBy: string;
  rotatedAt: number | null;
  /** Until when the previous secret also works; null: there is none. */
  formerUntil: number | null;
  revokedAt: number | null;
  lastUsedAt: number | null;
  lastUsedIp: string | null;
  /** Its test numbers also work in production. */
  testsInProduction: boolean;
}

/** The columns of a key's row that hold its settings. */
type OrderColumns = Pick<
  ApiKeyRow,
  | 'name'
  | 'scopes'
  | 'allowed_ips'
  | 'per_minute'
  | 'codes_per_minute'
  | 'codes_per_hour'
  | 'per_day'
  | 'per_country'
  | 'expires_at'
  | 'return_urls'
>;

type SettingColumns = OrderColumns & Pick<ApiKeyRow, 'sms_refused_at'>;

export function columnsOf({
  name,
  scopes,
  allowedIps,
  limits,
  expiresAt,
  returnUrls,
}: KeyOrder): OrderColumns {
  return {
    name,
    scopes: scopes.join(' '),
    allowed_ips: allowedIps?.join(' ') ?? null,
    per_minute: limits.perMinute,
    codes_per_minute: limits.codesPerMinute,
    codes_per_hour: limits.codesPerHour,
    per_day: limits.perDay,
    per_country: limits.perCountry && textOfCountries(limits.perCountry),
    expires_at: expiresAt,
    return_urls: returnUrls?.join(' ') ?? null,
  };
}

/** A scope that this version does not know grants nothing. */
export function orderOf(row: SettingColumns): KeyOrder & Pick<KeyView, 'refusesSms'> {
  return {
    name: row.name,
    scopes: row.scopes.split(' ').filter(isScope),
    allowedIps: row.allowed_ips === null ? null : row.allowed_ips.split(' '),
    limits: limitsOf(row),
    expiresAt: row.expires_at,
    returnUrls: row.return_urls === null ? null : row.return_urls.split(' '),
    refusesSms: row.sms_refused_at !== null,
  };
}

export function textOfCountries(limits: ReadonlyMap<string, number>): string {
  return [...limits].map(([country, count]) => `${country}=${count}`).join(' ');
}

function limitsOf(row: OrderColumns): CallerLimits {
  const countries = row.per_country?.split(' ').map((text): [string, number] => {
    const [country = '', count] = text.split('=');
    return [country, Number(count)];
  });
  return {
    perMinute: row.per_minute,
    codesPerMinute: row.codes_per_minute,
    codesPerHour: row.codes_per_hour,
    perDay: row.per_day,
    perCountry: countries ? new Map(countries) : null,
  };
}

/** @param now decides whether the key, or its previous secret, has ended. */
export function viewOf(row: ApiKeyRow, now: number): KeyView {
  const overlaps = row.revoked_at === null && row.former_until !== null && row.former_until > now;
  return {
    id: row.id,
    ...orderOf(row),
    state: stateOf(row, now),
    createdAt: row.created_at,
    createdBy: row.created_by,
    rotatedAt: row.rotated_at,
    formerUntil: overlaps ? row.former_until : null,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    lastUsedIp: row.last_used_ip,
    testsInProduction: row.tests_allowed_at !== null,
  };
}

function stateOf(row: ApiKeyRow, now: number): KeyView['state'] {
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at !== null && row.expires_at <= now ? 'expired' : 'active';
}
