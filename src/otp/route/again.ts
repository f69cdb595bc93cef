import type { Store } from '../../../database/schema.js';
import type { Joined } from '../../delivery/queue/new-job.js';
import { bringForward } from '../../delivery/queue/supersede.js';
import { unavailable } from '../../delivery/unavailable.js';
import { AppError } from '../../errors.js';
import type { Sealer } from '../../sealing.js';
import type { Places } from '../places.js';
import { isAlive, type RouteFacts } from './decide.js';
import { factsOf, isOvertaken, type KnownCode, type KnownSend, knownCodes } from './known-codes.js';
import { codeOf, messageOf } from './messages.js';
import { addAttempts, type Beginnings, Moved, storeWay } from './moves.js';
import type { Again, ReservedAgain, RoutedCode, Wording } from './route.js';
import { findWay, placeOrRefusal, type Way, wantedPlace } from './ways.js';

export interface AgainDeps {
  store: Store;
  clock: { now(): number };
  places: Places;
  sealer: Sealer;
  wording: Wording;
  conversion: Beginnings;
  waitsMs: RouteFacts['waitsMs'];
  spellingsOf(phone: string): string[];
  onOpened(): void;
}

/** Before all that wait for their turn: the person is looking at the chat. */
const FIRST_OF_ALL = 0;
const NO_CHANNEL_RETRY_SECONDS = 60;

/** As `Routing.reserveAgain`. */
export async function reserveAgain(
  deps: AgainDeps,
  codeId: string,
  again: Again,
): Promise<ReservedAgain | null> {
  const { store, clock, sealer } = deps;
  const now = clock.now();
  const [known] = await knownCodes(store, [codeId]);
  if (known?.row.status !== 'pending' || known.row.expires_at <= now) return null;
  const stored = codeOf(known, sealer);
  const code = stored && again.requestId !== undefined ? { ...stored, requestId: again.requestId } : stored;
  if (!code || (await isOvertaken(store, known, deps.spellingsOf(code.contact.value)))) return null;
  const replied = again.cause === 'reply' ? known.sends.findLast(isReply) : undefined;
  if (replied) return alreadySent(replied);
  const channel = again.channel ?? known.sends.findLast(({ jobId }) => jobId !== null)?.channel;
  if (channel === undefined) return await startLate(deps, known, code);
  if (!known.route.includes(channel) || !deps.places.reaches(channel, code.contact.kind)) {
    throw unavailable('channel_unavailable', NO_CHANNEL_RETRY_SECONDS);
  }
  const open = known.sends.findLast((send) => send.channel === channel && isInHand(send));
  if (open) return sameMessage(deps, known, open, again);
  return await newMessage(deps, known, code, channel, again);
}

/** People write more than once: the first of their messages is answered. */
function isReply(send: KnownSend): boolean {
  return send.cause === 'reply' && isAlive(send);
}

function alreadySent({ channel, jobId }: KnownSend): ReservedAgain {
  return { channel, storeIn: async () => ({ jobId }), committed() {}, release() {} };
}

/** It waits in its lane or is being sent: to send it twice would be one too many. */
function isInHand({ jobStatus }: KnownSend): boolean {
  return jobStatus === 'pending' || jobStatus === 'processing';
}

/** Nothing was sent yet: its route begins. */
async function startLate(deps: AgainDeps, known: KnownCode, code: RoutedCode): Promise<ReservedAgain> {
  const way = await findWay(deps.places, code, factsOf(known, deps.waitsMs), deps.clock.now());
  const [refused] = way.passedOver;
  if (!way.begins) throw refused?.error ?? unavailable('channel_unavailable', NO_CHANNEL_RETRY_SECONDS);
  return alongWay(deps, known, code, { ...way, begins: way.begins }, 'resend');
}

/** A message of its own. Over a channel that is still to come, it is the next step. */
async function newMessage(
  deps: AgainDeps,
  known: KnownCode,
  code: RoutedCode,
  channel: string,
  { cause }: Again,
): Promise<ReservedAgain> {
  const ttlMs = code.expiresAt - deps.clock.now();
  const isFirst = cause === 'reply';
  const place = await placeOrRefusal(deps.places, { ...wantedPlace(code, channel, ttlMs, false), isFirst });
  if (place instanceof AppError) throw place;
  const step = Math.max(known.row.step, known.route.indexOf(channel));
  const way = { passedOver: [], begins: { channel, place }, step, rest: { do: 'stay' as const } };
  return alongWay(deps, known, code, way, cause);
}

function alongWay(
  { clock, waitsMs, wording, conversion, onOpened }: AgainDeps,
  known: KnownCode,
  code: RoutedCode,
  way: Way & { begins: NonNullable<Way['begins']> },
  cause: Again['cause'],
): ReservedAgain {
  const { id } = known.row;
  let joined: Joined | null = null;
  return {
    channel: way.begins.channel,
    async storeIn(trx) {
      const now = clock.now();
      const job = {
        ...messageOf(code, wording, { codeId: id, askedBy: known.askedBy }, now),
        ...(cause === 'reply' && { runAt: FIRST_OF_ALL }),
      };
      const moving = { id, facts: factsOf(known, waitsMs), sends: known.sends };
      joined = await storeWay(trx, moving, way, { cause, job, now }, conversion);
      return { jobId: joined?.jobId ?? null };
    },
    committed() {
      joined?.committed();
      onOpened();
    },
    release: () => way.begins.place.release(),
  };
}

/** The one that waits goes, and goes sooner. */
function sameMessage(
  { clock, places }: AgainDeps,
  { row, sends }: KnownCode,
  { jobId, channel }: KnownSend,
  { cause }: Again,
): ReservedAgain {
  return {
    channel,
    async storeIn(trx) {
      const now = clock.now();
      const touched = await trx
        .updateTable('codes')
        .set({ changed_at: now })
        .where('id', '=', row.id)
        .where('status', '=', 'pending')
        .executeTakeFirst();
      if (touched.numUpdatedRows !== 1n) throw new Moved('The code has ended.');
      if (jobId !== null) await bringForward(trx, jobId, cause === 'reply' ? FIRST_OF_ALL : now);
      await addAttempts(trx, { id: row.id, sends }, [{ channel, jobId, error: null }], { cause, now });
      return { jobId };
    },
    committed: () => places.wake(channel),
    release() {},
  };
}
