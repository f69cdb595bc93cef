import type { CodeStatus, JobStatus } from '../../../database/schema.js';
import { leftOf } from '../../deadline.js';
import { sendMarginMs } from '../../delivery/margins.js';

/** What is known about a code, its sends and its channels. Times are Unix ms. */
export interface RouteFacts {
  /** The names of the channels, in order. */
  route: readonly string[];
  status: CodeStatus;
  createdAt: number;
  expiresAt: number;
  /** The place in the route that has begun last, or was passed over; -1: none. */
  step: number;
  stepBeganAt: number | null;
  /** Every send, on whatever channel and for whatever reason, oldest first. */
  sends: SendFacts[];
  /** Channels that cannot take it now and will not soon, each with the reason. */
  refused: ReadonlyMap<string, string>;
  /** How long a channel may take until a message is delivered, before the next one begins. */
  waitsMs: Readonly<Record<string, number>>;
}

export interface SendFacts {
  channel: string;
  /** Null: nothing was sent, and `error` says why. */
  jobStatus: JobStatus | null;
  /** How often its message may have been written. */
  writes: number;
  error: string | null;
  delivered: boolean;
}

/** What to do now. */
export type Next =
  /** This step, over this channel. */
  | { do: 'begin'; step: number; channel: string }
  /** This step sends nothing, for this reason. */
  | { do: 'passOver'; step: number; channel: string; reason: string }
  /** Nothing before this time, unless something happens. */
  | { do: 'wait'; until: number }
  /** Nothing any more: what is under way goes on until the deadline. `nextStepAt` is null. */
  | { do: 'stay' }
  /** A newer code took its place, or the account is gone: nothing more goes out. */
  | { do: 'end' };

const DEFAULT_WAIT_MS = 60_000;
/** The reasons for which the message of a code ends that say something about the code, and not about the channel. */
const OVERTAKEN = new Set(['superseded', 'account_deleted']);

/** Our own caution, or a short restriction: no reason to send nothing, when no other channel takes the code. */
const WITH_OTHERS_ONLY: ReadonlySet<string> = new Set([
  'cold_budget_used',
  'recipient_silent',
  'sender_restricted',
]);

/** The way of a code, decided: the engine only carries it out. */
export function decide(facts: RouteFacts, now: number): Next {
  const { route, status, step, sends, refused } = facts;
  if (status !== 'pending') return { do: 'stay' };
  if (sends.some(isOvertaken)) return { do: 'end' };
  const channel = route[step + 1];
  const isTooLate = now >= latestStart(facts);
  if (isTooLate || sends.some(({ delivered }) => delivered)) return { do: 'stay' };
  if (channel === undefined) return lastResort(facts);
  if (step >= 0 && !hasFailed(facts)) {
    const until = now + leftOfStep(facts, now);
    // A step that could only begin too late still begins at once should this one fail before.
    if (now < until) return { do: 'wait', until: Math.min(until, latestStart(facts)) };
  }
  const next = { step: step + 1, channel };
  const reason = refused.get(channel) ?? failureOn(channel, sends);
  return reason === undefined ? { do: 'begin', ...next } : { do: 'passOver', ...next, reason };
}

/** No step is left: a channel that is kept back takes the code once nothing else can arrive. */
function lastResort(facts: RouteFacts): Next {
  const { step, sends, refused } = facts;
  const channel = keptBack(sends);
  if (channel === undefined) return { do: 'stay' };
  if (sends.some(isAlive)) return { do: 'wait', until: latestStart(facts) };
  const reason = refused.get(channel);
  return reason === undefined ? { do: 'begin', step, channel } : { do: 'passOver', step, channel, reason };
}

/** Passed over once for a reason that holds only beside other channels, and not tried since. */
function keptBack(sends: RouteFacts['sends']): string | undefined {
  const of = ({ channel }: SendFacts) => sends.filter((send) => send.channel === channel);
  const isKept = ({ jobStatus, error }: SendFacts) =>
    jobStatus === null && error !== null && WITH_OTHERS_ONLY.has(error);
  return sends.find((send) => isKept(send) && of(send).length === 1)?.channel;
}

/** When a step that begins now is followed by the next; null: none follows. */
export function followsAt(facts: Omit<RouteFacts, 'sends' | 'refused'>, step: number, now: number) {
  const until = now + waitOf(facts, step);
  return step + 1 < facts.route.length && until < latestStart(facts) ? until : null;
}

/**
 * Until when another send may begin, however the present ones end; null: none follows.
 * @param step the one that has begun; null: none has.
 */
export function mayFollowUntil(
  facts: Pick<RouteFacts, 'route' | 'createdAt' | 'expiresAt' | 'sends'>,
  step: number | null,
): number | null {
  const isStepLeft = step !== null && step + 1 < facts.route.length;
  return isStepLeft || keptBack(facts.sends) !== undefined ? latestStart(facts) : null;
}

/** Nothing that was sent can arrive any more, and no step is left. */
export function hasNoWayLeft(facts: RouteFacts, now: number): boolean {
  const { do: next } = decide(facts, now);
  return (next === 'stay' || next === 'end') && !facts.sends.some(isAlive);
}

/** The step of the moment will not succeed: its messages have failed, or the channel has shut before one was written. */
function hasFailed({ route, step, sends, refused }: RouteFacts): boolean {
  const channel = route[step] ?? '';
  const alive = sends.filter((send) => send.channel === channel && isAlive(send));
  return refused.has(channel) ? !alive.some(mayBeOut) : alive.length === 0;
}

export function isAlive({ jobStatus }: SendFacts): boolean {
  return jobStatus === 'pending' || jobStatus === 'processing' || jobStatus === 'sent';
}

function mayBeOut({ jobStatus, writes }: SendFacts): boolean {
  return jobStatus !== 'pending' || writes > 0;
}

function isOvertaken({ jobStatus, error }: SendFacts): boolean {
  return jobStatus === 'failed' && error !== null && OVERTAKEN.has(error);
}

/** A channel that was used already is not used again: a reply to the person, say, was sent over it. */
function failureOn(channel: string, sends: SendFacts[]): string | undefined {
  const before = sends.filter((send) => send.channel === channel);
  if (before.length === 0 || before.some(isAlive)) return before.length === 0 ? undefined : 'used_already';
  return before.at(-1)?.error ?? 'used_already';
}

function leftOfStep(facts: RouteFacts, now: number): number {
  const waitMs = waitOf(facts, facts.step);
  return leftOf((facts.stepBeganAt ?? facts.createdAt) + waitMs, waitMs, now);
}

function waitOf({ route, waitsMs }: Pick<RouteFacts, 'route' | 'waitsMs'>, step: number): number {
  return waitsMs[route[step] ?? ''] ?? DEFAULT_WAIT_MS;
}

/** A message that begins after this would come too late to be of use. */
function latestStart({ createdAt, expiresAt }: Pick<RouteFacts, 'createdAt' | 'expiresAt'>): number {
  return expiresAt - sendMarginMs(expiresAt - createdAt);
}
