export interface NewJob {
  /** On whose behalf: `env` (the API key of the environment), `key:<id>`, `contract:<name>`. */
  caller: string;
  purpose: string;
  recipient: string;
  code: string;
  text: string;
  /** The text with a `CODE_DOT` for each digit of the code. */
  shape: string;
  expiresAt: number;
  /** The code whose message it is, when the code has a row of its own: its messages do not supersede each other. */
  codeId?: string;
  /** Stored in the same commit; a second job under the same id is not made. */
  idempotency: { id: string; requestHash: string; response: string } | null;
  /** All that belongs to the job is done, but there is none. */
  silent: boolean;
}

export type Enqueued =
  | { kind: 'created'; jobId: number }
  /** Another process was faster with the same idempotency key. */
  | { kind: 'duplicate' }
  | { kind: 'silent' };

/** A job in a transaction that its caller has yet to commit. */
export interface Joined {
  /** Null for a silent one. */
  jobId: number | null;
  /** To be called after the commit: the job is counted, and the worker looks for it. */
  committed(): void;
}
