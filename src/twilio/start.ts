import type { Caller } from '../callers/caller.js';
import type { Callers } from '../callers/index.js';
import { AppError } from '../errors.js';
import type { Routing } from '../otp/route/route.js';
import type { Verification, VerificationOrder, Verifications } from '../otp/verifications/verification.js';
import { channelDisabled, invalidParameter, tooManyAtOnce, tooManySends, unknownTemplate } from './errors.js';
import { addressIn, type StartForm, type TwilioChannel } from './fields.js';
import { sidsOf } from './sids.js';

export interface StartDeps {
  verifications: Pick<Verifications, 'start'>;
  callers: Pick<Callers, 'admission' | 'testNumbers'>;
  routing: Pick<Routing, 'reaches'>;
  /** Test numbers are for keys that may have them in production. */
  env: string;
}

export const CODE_LENGTH = 6;
const TTL_MS = 10 * 60_000;

/** Starts a verification as a form of Twilio's asks for it, or sends its code again while it is pending. */
export function createStarts(deps: StartDeps) {
  const { verifications, callers, routing, env } = deps;
  /** Whoever has a start under way, by caller and contact. */
  const inHand = new Set<string>();

  /** Null: the route of every code to such a contact. Throws 60223. */
  function channelOf({ Channel: wanted, To: to }: StartForm, caller: Caller): string | null {
    if (wanted === 'auto') return null;
    const isMail = to.kind === 'email';
    if (isMail !== (wanted === 'email')) throw invalidParameter('To');
    const isSms = wanted === 'sms' || wanted === 'call';
    if (isSms && caller.refusesSms) throw channelDisabled(wanted);
    const channel = ours(wanted);
    if (channel !== null && routing.reaches(channel, to.kind)) return channel;
    if (isSms) return null;
    throw channelDisabled(wanted);
  }

  /** @param noteOfKey is told what the limits of the key refuse. */
  async function orderOf(form: StartForm, caller: Caller, noteOfKey: (refusal: unknown) => void) {
    const { To: contact, CustomCode: code, TemplateSid: template } = form;
    if (template !== undefined && template.toUpperCase() !== sidsOf(caller.id).template.toUpperCase()) {
      throw unknownTemplate();
    }
    const channel = channelOf(form, caller);
    const test = await callers.testNumbers.usable(caller.id, contact.value, env);
    const admit = test === null ? callers.admission(caller, contact.value) : null;
    return {
      caller: caller.id,
      contact,
      channel,
      ...(channel !== null && { over: channel }),
      route: null,
      // Its answer has no place for a link: what cannot be sent is refused.
      userFirst: 'never',
      proof: 'code',
      locale: form.Locale ?? null,
      codeLength: CODE_LENGTH,
      ...(code !== undefined && { code }),
      ttlMs: TTL_MS,
      action: null,
      client: null,
      address: form.DeviceIp ?? addressIn(form.RateLimits),
      metadata: form.Tags ?? null,
      returnUrl: null,
      test,
      admit: admit && (() => noting(admit, noteOfKey)),
    } satisfies VerificationOrder;
  }

  /** @param requestId as `NewJob.requestId`. */
  return async function start(form: StartForm, caller: Caller, requestId?: string): Promise<Verification> {
    const turn = `${caller.id} ${form.To.value}`;
    if (inHand.has(turn)) throw tooManyAtOnce();
    inHand.add(turn);
    let ofKey: unknown;
    try {
      const order = await orderOf(form, caller, (error) => {
        ofKey = error;
      });
      return await verifications.start({ ...order, ...(requestId !== undefined && { requestId }) });
    } catch (error) {
      throw error === ofKey ? error : inWords(error);
    } finally {
      inHand.delete(turn);
    }
  };
}

async function noting<T>(admit: () => Promise<T>, note: (refusal: unknown) => void): Promise<T> {
  try {
    return await admit();
  } catch (error) {
    note(error);
    throw error;
  }
}

/** What the limits of a contact or a person's address refuse is one send too many; those of the key have a code of their own. */
function inWords(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.code === 'rate_limited') return tooManySends(error.options.retryAfterSeconds);
  const field = error.options.problems?.[0]?.field;
  return field === 'channel' ? invalidParameter('Channel') : error;
}

/** Null: there is no such channel here. */
function ours(channel: Exclude<TwilioChannel, 'auto'>): string | null {
  if (channel === 'call') return 'sms';
  return channel === 'sna' || channel === 'rcs' ? null : channel;
}
