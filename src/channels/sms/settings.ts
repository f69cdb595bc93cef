import type { Verification } from '../http/verified.js';

/** An SMS provider that is spoken to over HTTP: how to ask, how to read its answers and its receipts. */
export interface SmsSettings {
  /** Whose numbers get messages, ISO 3166-1 alpha-2. */
  countries: readonly string[];
  method: 'GET' | 'POST' | 'PUT';
  /** A template, like all that follows. */
  url: string;
  headers: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  encoding: 'json' | 'form' | 'xml' | 'text';
  /** Json: any value; form: texts by name; xml and text: a text. Null: no body. */
  body: unknown;
  timeoutMs: number;
  /** Of `{secret.NAME}`, by name. */
  secrets: Readonly<Record<string, string>>;
  accept: {
    /** Null: 200 to 299. */
    status: readonly number[] | null;
    /** Where the answer says whether it took the message, and what it says then; null: its status says it. */
    path: string | null;
    values: readonly string[];
  };
  /** Where the answer has the provider's own number of the message. */
  id: { path: string } | null;
  error: { path: string } | null;
  /** HTTP statuses, or what stands at `error.path`. */
  final: readonly string[];
  retry: readonly string[];
  obstacle: readonly string[];
  receipt: ReceiptSettings | null;
  /** The domain of the last line that browsers read; null: there is none. */
  bindDomain: string | null;
  /** Of the Android app that reads the message; null: none does. */
  appHash: string | null;
  /** Requests are signed with each of these (`whsec_…`, Standard Webhooks). */
  signingSecrets: readonly string[];
}

export interface ReceiptSettings {
  in: 'json' | 'form' | 'query';
  /** Where the receipts are, when there are several in one request. */
  list: string | null;
  /** Where the number of the message is: ours, or the provider's own. */
  id: string;
  status: string;
  map: Readonly<Record<string, 'accepted' | 'delivered' | 'read' | 'failed'>>;
  /** Where the time is: Unix seconds or milliseconds, or ISO 8601. */
  at: string | null;
  verification: Verification;
}
