import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came in. */
export interface Asked {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Order {
  to: string;
  text: string;
  /** Seconds. */
  ttl: number;
  /** The caller's own number of the message. */
  ref: string;
  /** Where it wants to hear what becomes of it. */
  callback?: string;
}

export type Refusal = { status: number; error: string };

const KINDS: Record<keyof Order, { type: string; form: RegExp; optional?: true }> = {
  to: { type: 'string', form: /^\+[1-9]\d{6,14}$/ },
  text: { type: 'string', form: /^[^\0]{1,1600}$/ },
  ttl: { type: 'number', form: /^[1-9]\d{0,4}$/ },
  ref: { type: 'string', form: /^[\w-]{16,64}$/ },
  callback: { type: 'string', form: /^https?:\/\/\S+$/, optional: true },
};

/** The API of the provider, read strictly: one method, one type, one key, these fields and no others. */
export function orderIn({ method, headers, body }: Asked, key: string): Order | Refusal {
  if (method !== 'POST') return { status: 405, error: 'method' };
  if (headers.authorization !== `Bearer ${key}`) return { status: 401, error: 'bad_key' };
  if (!/^application\/json(; ?charset=utf-8)?$/.test(headers['content-type'] ?? '')) {
    return { status: 415, error: 'content_type' };
  }
  const fields = parsed(body);
  if (fields === null) return { status: 400, error: 'json' };
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(KINDS, name));
  if (unknown !== undefined) return { status: 422, error: 'unknown_field' };
  const wrong = Object.entries(KINDS).find(([name, { type, form, optional }]) => {
    const value = fields[name];
    if (value === undefined) return !optional;
    return typeof value !== type || !form.test(String(value));
  });
  return wrong ? { status: 422, error: `bad_${wrong[0]}` } : (fields as unknown as Order);
}

function parsed(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
