export interface NewJob {
  /** On whose behalf: `env` (the API key of the environment), `key:<id>`, `hook:<id>`, `contract:<name>`. */
  caller: string;
  purpose: string;
  recipient: string;
  /** Empty: the message carries none. */
  code: string;
  text: string;
  /** What stands above the text, where the channel has a place for that; by default the channel's own words. */
  subject?: string;
  /** The language of the text (BCP 47), if it was chosen. */
  locale?: string;
  /** The text with a `CODE_DOT` for each digit of the code. */
  shape: string;
  expiresAt: number;
  /** Not before this time, and before all that may go out later; by default from now on. Unix ms. */
  runAt?: number;
  /** The code that it belongs to, if the code has its own row: messages of one code do not supersede each other. */
  codeId?: string;
  /**
   * The challenge that it answers, if any: a newer message takes the place of older ones of the same challenge only. A
   * notice has an id of its own here: nothing takes its place.
   */
  askedBy?: string;
  /** The `X-Request-Id` of the answer to the request that it goes back to. */
  requestId?: string;
  /** Stored in the same commit; a second job with the same id is not created, until `expiresAt`: by default the job's. */
  idempotency: { id: string; requestHash: string; response: string; expiresAt?: number } | null;
  /** Everything is done as for a job, but none is created. */
  silent: boolean;
}

export type Enqueued =
  | { kind: 'created'; jobId: number }
  /** Another process was faster with the same idempotency key. */
  | { kind: 'duplicate' }
  | { kind: 'silent' };

/** Without an idempotency key, if it has none. */
export type JoiningJob = Omit<NewJob, 'idempotency'> & Partial<Pick<NewJob, 'idempotency'>>;

/** A job in a transaction that the caller has yet to commit. */
export interface Joined {
  /** Null for a silent one, and where another process was faster with the same idempotency key. */
  jobId: number | null;
  /** To be called after the commit: the job is counted, and the worker looks for it. */
  committed(): void;
}
