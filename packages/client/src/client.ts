import type {
  CheckVerificationAnswer,
  CheckVerificationBody,
  CheckVerificationByContactBody,
  Job,
  ListOtpsAnswer,
  ListOtpsQuery,
  ListVerificationsAnswer,
  ListVerificationsQuery,
  ResendVerificationBody,
  SendOtpAnswer,
  SendOtpBody,
  StartVerificationBody,
  Verification,
} from './generated.js';
import { ask, type CallOptions, type Connection } from './request.js';
import { type WaitOptions, waitFor } from './wait.js';
import { webCrypto } from './web-crypto.js';
import { verifyWebhook } from './webhooks.js';

export interface ClientSettings {
  /** Where the gateway is, such as https://otp.example.com. */
  url: string | undefined;
  /** An API key with the scopes that you need: `verify`, or `otp:send` and `otp:read`. */
  apiKey: string | undefined;
  /** For a whole call, what is tried again included; default 10 000. */
  timeoutMs?: number;
  /** Instead of the global one. */
  fetch?: typeof fetch;
}

export interface OnceOptions extends CallOptions {
  /** Requests with the same one are one request; default, and for null, as in errors: a new one for each call. */
  idempotencyKey?: string | null | undefined;
}

export type Client = ReturnType<typeof createClient>;

/**
 * A gateway, for back ends: its API key must not reach a browser.
 * Every call rejects with an OtpError, or with the reason of its `signal` when that was aborted.
 */
export function createClient(settings: ClientSettings) {
  const connection = connectionOf(settings);

  const get = (path: string, options?: CallOptions) => ask(connection, { ...options, method: 'GET', path });
  const post = (
    path: string,
    body: object | undefined,
    options?: CallOptions & { idempotencyKey?: string },
  ) => ask(connection, { ...options, method: 'POST', path, body });
  const postOnce = async (path: string, body: object, options: OnceOptions | undefined) => {
    const idempotencyKey = options?.idempotencyKey ?? (await webCrypto()).randomUUID();
    return await post(path, body, { ...options, idempotencyKey });
  };
  const at = (id: string, act = '') => `api/v1/verifications/${encodeURIComponent(id)}${act}`;

  return {
    /** Sends a code that you check yourself. It is in the answer (`otp`): keep it on your server. */
    send: (body: SendOtpBody, options?: OnceOptions) =>
      postOnce('api/v1/otp/send', body, options) as Promise<SendOtpAnswer>,

    /** What became of a code of `send`. @param jobId of its answer. */
    status: (jobId: number | string, options?: CallOptions) =>
      get(`api/v1/otp/${encodeURIComponent(jobId)}`, options) as Promise<Job>,

    /** The messages of your key's codes, the newest first; a page may be short and have a next one. */
    list: (query: ListOtpsQuery = {}, options?: CallOptions) =>
      get(`api/v1/otp${searchOf(query)}`, options) as Promise<ListOtpsAnswer>,

    /** Ends a code of `send` with all its steps: what has not gone out stays here. 409 `job_not_cancelable` when all is out. */
    cancel: (jobId: number | string, options?: CallOptions) =>
      post(`api/v1/otp/${encodeURIComponent(jobId)}/cancel`, undefined, options) as Promise<Job>,

    /** Codes that the gateway makes, sends and checks. */
    verify: {
      /** Sends a code. The same `to`, `action` and `client` again while it is pending: the same one, sent again. */
      start: (body: StartVerificationBody, options?: OnceOptions) =>
        postOnce('api/v1/verifications', body, options) as Promise<Verification>,

      /** Whether the code is right; true once. Five wrong ones end the tries: 429 `max_checks_reached`. */
      check: (id: string, code: string, { clientIp, ...options }: CallOptions & ByClient = {}) =>
        post(
          at(id, '/check'),
          { code, clientIp } satisfies CheckVerificationBody,
          options,
        ) as Promise<CheckVerificationAnswer>,

      /** The same, by what it was started with. */
      checkByContact: (body: CheckVerificationByContactBody, options?: CallOptions) =>
        post('api/v1/verifications/check', body, options) as Promise<CheckVerificationAnswer>,

      /** The same code again, over the last channel or the one that is named. */
      resend: (id: string, { channel, clientIp, ...options }: CallOptions & ResendVerificationBody = {}) =>
        post(at(id, '/resend'), { channel, clientIp }, options) as Promise<Verification>,

      /** Nothing more is sent, and no code is right any more. */
      cancel: (id: string, options?: CallOptions) =>
        post(at(id, '/cancel'), undefined, options) as Promise<Verification>,

      /** How far it is. */
      get: (id: string, options?: CallOptions) => get(at(id), options) as Promise<Verification>,

      /** Resolves when it has ended: look at its `status`. */
      wait: (id: string, options?: WaitOptions) => waitFor(connection, at(id), options),

      /** Your key's own, the newest first. */
      list: (query: ListVerificationsQuery = {}, options?: CallOptions) =>
        get(`api/v1/verifications${searchOf(query)}`, options) as Promise<ListVerificationsAnswer>,
    },

    webhooks: {
      verify: verifyWebhook,
    },
  };
}

type ByClient = Pick<CheckVerificationBody, 'clientIp'>;

function connectionOf({
  url = '',
  apiKey,
  timeoutMs = 10_000,
  fetch = globalThis.fetch,
}: ClientSettings): Connection {
  if (!apiKey) throw new TypeError('apiKey is missing');
  if (!/^https?:\/\//.test(url))
    throw new TypeError('url must be an address such as https://otp.example.com');
  // As a method of `connection`, the global one would throw in workers.
  return { base: url.replace(/\/*$/, '/'), apiKey, timeoutMs, fetch: (...request) => fetch(...request) };
}

function searchOf(query: ListOtpsQuery | ListVerificationsQuery): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
