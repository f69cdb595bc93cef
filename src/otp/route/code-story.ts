import type { Store } from '../../../database/schema.js';
import { CANCELED, type JobView } from '../../delivery/job.js';
import { attemptsOf, messagesOf } from './attempts.js';
import { decide, hasNoWayLeft, isAlive, type RouteFacts } from './decide.js';
import { factsOf, knownCodes } from './known-codes.js';
import type { Attempt, CodeStory, StepsLeft } from './route.js';

/** No code is good for longer. */
const LONGEST_MS = 60 * 60_000;

/** By the job that it began with, or any other of its jobs. A code with one channel is its job. */
export async function storyOf(
  store: Store,
  job: JobView,
  at: { now: number; waitsMs: RouteFacts['waitsMs'] },
): Promise<CodeStory> {
  const row = await store.selectFrom('jobs').select('code_id').where('id', '=', job.jobId).executeTakeFirst();
  const id = row?.code_id ?? null;
  const [code] = id === null ? [] : await knownCodes(store, [id]);
  if (!code) return await withoutRow(store, job, id);
  const attempts = (await attemptsOf(store, [code.row.id])).get(code.row.id) ?? [];
  const isLeft = code.row.status === 'pending' && !hasNoWayLeft(factsOf(code, at.waitsMs), at.now);
  return { ...furthest(attempts, isLeft), attempts };
}

/** By code; one that is gone is over. */
export async function stepsLeft(
  store: Store,
  codeIds: readonly string[],
  at: { now: number; waitsMs: RouteFacts['waitsMs'] },
): Promise<Map<string, StepsLeft>> {
  const left = new Map<string, StepsLeft>(codeIds.map((id) => [id, 'none']));
  for (const code of await knownCodes(store, codeIds)) {
    if (code.row.status !== 'pending') continue;
    const facts = factsOf(code, at.waitsMs);
    const next = decide(facts, at.now);
    const isMoving = next.do === 'begin' || next.do === 'passOver';
    const isOpen = next.do === 'wait' || (next.do === 'stay' && facts.sends.some(isAlive));
    left.set(code.row.id, isMoving ? 'undecided' : isOpen ? 'some' : 'none');
  }
  return left;
}

/** A day after its end a code is gone, and its messages are not. */
async function withoutRow(store: Store, job: JobView, id: string | null): Promise<CodeStory> {
  const made = { from: job.expiresAt - LONGEST_MS, until: job.expiresAt };
  const messages = id === null ? [] : await messagesOf(store, id, made);
  if (messages.length <= 1) return { ...job, attempts: [ofJob(job)] };
  return { ...furthest(messages, false), attempts: messages };
}

function ofJob(job: JobView): Attempt {
  const { jobId, channel, status, createdAt, sentAt, deliveredAt, readAt, error } = job;
  return { jobId, channel, cause: 'start', status, at: createdAt, sentAt, deliveredAt, readAt, error };
}

/** @param isLeft something may arrive still. */
function furthest(attempts: Attempt[], isLeft: boolean): Omit<CodeStory, 'attempts'> {
  const first = (times: (number | null)[]) => times.find((time) => time !== null) ?? null;
  const times = {
    sentAt: first(attempts.map(({ sentAt }) => sentAt)),
    deliveredAt: first(attempts.map(({ deliveredAt }) => deliveredAt)),
    readAt: first(attempts.map(({ readAt }) => readAt)),
  };
  const going = (['sent', 'processing', 'pending'] as const).find((status) =>
    attempts.some((attempt) => attempt.status === status),
  );
  if (going !== undefined) return { ...times, status: going, error: null };
  if (isLeft) return { ...times, status: 'pending', error: null };
  const last = attempts.find(({ status }) => status === CANCELED) ?? attempts.at(-1);
  return { ...times, status: last?.status ?? 'failed', error: last?.error ?? null };
}
