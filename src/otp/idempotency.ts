import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import type { KeyedHash, Sealer } from '../sealing.js';
import type { CodeAnswer, IssuedCode } from './code-answer.js';
import { keyInFlight } from './key-in-flight.js';

/** One use of an idempotency key: which key of which caller, for which request. */
export interface IdempotencyClaim extends Names {
  /** How it may also be stored: under the encryption key of before. */
  former: Names[];
}

interface Names {
  id: string;
  requestHash: string;
}

export interface Idempotency {
  claimOf(caller: string, key: string, body: string): IdempotencyClaim;
  /** The first answer again if there is one, otherwise `run`. A second use of a key during the first is refused. */
  once(claim: IdempotencyClaim, run: () => Promise<IssuedCode>): Promise<IssuedCode>;
  /** Runs `act` unless the key is in use at this moment. Rejects with idempotency_key_in_flight or idempotency_key_reused. */
  alone<T>(claim: IdempotencyClaim, act: () => Promise<T>): Promise<T>;
  /** What is stored under the key, opened; null: nothing. Rejects with idempotency_key_reused for another request. */
  stored(claim: IdempotencyClaim): Promise<{ response: string; jobId: number | null } | null>;
  /** What is stored with the job, in the same commit; the store chooses the job's number. */
  seal(claim: IdempotencyClaim, answer: CodeAnswer): Names & { response: string };
}

/** Semantics after draft-ietf-httpapi-idempotency-key-header-07: in flight 409, another body 422. */
export function createIdempotency(deps: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  hash: KeyedHash;
}): Idempotency {
  const { store, clock, sealer, hash } = deps;
  const inFlight = new Map<string, string>();

  async function stored({ former, ...present }: IdempotencyClaim) {
    const names = new Map([present, ...former].map(({ id, requestHash }) => [id, requestHash]));
    const row = await store
      .selectFrom('idempotency_keys')
      .select(['id', 'request_hash', 'response', 'job_id'])
      .where('id', 'in', [...names.keys()])
      .where('expires_at', '>', clock.now())
      .executeTakeFirst();
    if (!row) return null;
    if (row.request_hash !== names.get(row.id)) throw reused();
    return { response: sealer.open(row.response, row.id), jobId: row.job_id };
  }

  async function firstAnswer(claim: IdempotencyClaim): Promise<IssuedCode | null> {
    const first = await stored(claim);
    if (first === null || first.jobId === null) return null;
    return { ...(JSON.parse(first.response) as CodeAnswer), jobId: first.jobId };
  }

  async function alone<T>(claim: IdempotencyClaim, act: () => Promise<T>): Promise<T> {
    const underWay = inFlight.get(claim.id);
    if (underWay !== undefined) throw underWay === claim.requestHash ? keyInFlight() : reused();
    inFlight.set(claim.id, claim.requestHash);
    try {
      return await act();
    } finally {
      inFlight.delete(claim.id);
    }
  }

  return {
    claimOf(caller, key, body) {
      const [id = '', ...formerIds] = hash.all(`key:${caller}:${key}`);
      const [requestHash = '', ...formerHashes] = hash.all(`body:${body}`);
      const former = formerIds.map((each, at) => ({ id: each, requestHash: formerHashes[at] ?? '' }));
      return { id, requestHash, former };
    },

    seal: ({ id, requestHash }, answer) => ({
      id,
      requestHash,
      response: sealer.seal(JSON.stringify(answer), id),
    }),

    once: (claim, run) => alone(claim, async () => (await firstAnswer(claim)) ?? (await run())),
    alone,
    stored,
  };
}

function reused(): AppError {
  return new AppError(
    'idempotency_key_reused',
    'This Idempotency-Key was already used with another request body.',
  );
}
