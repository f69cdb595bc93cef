import type { ApiKeyRow } from '../../database/schema.js';
import type { CallerLimits } from './caller.js';
import type { KeyOrder } from './key-order.js';
import { isScope } from './scopes.js';

/** The columns of a key's row that hold its settings. */
type OrderColumns = Pick<
  ApiKeyRow,
  'name' | 'scopes' | 'allowed_ips' | 'per_minute' | 'per_day' | 'per_country' | 'expires_at'
>;

export function columnsOf({ name, scopes, allowedIps, limits, expiresAt }: KeyOrder): OrderColumns {
  return {
    name,
    scopes: scopes.join(' '),
    allowed_ips: allowedIps?.join(' ') ?? null,
    per_minute: limits.perMinute,
    per_day: limits.perDay,
    per_country: limits.perCountry && textOfCountries(limits.perCountry),
    expires_at: expiresAt,
  };
}

/** A scope that this version does not know grants nothing. */
export function orderOf(row: OrderColumns): KeyOrder {
  return {
    name: row.name,
    scopes: row.scopes.split(' ').filter(isScope),
    allowedIps: row.allowed_ips === null ? null : row.allowed_ips.split(' '),
    limits: limitsOf(row),
    expiresAt: row.expires_at,
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
    perDay: row.per_day,
    perCountry: countries ? new Map(countries) : null,
  };
}
