import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hookCallerId } from '../callers/caller.js';
import type { HookStore, KnownHook } from '../callers/hooks/hook-store.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { HANDED_CODE, type HandedCode, type HandedCodes } from '../otp/handed/handed-codes.js';
import { type LinksToWrite, WRITING_HELPS } from '../otp/handed/links-to-write.js';
import { TTL_SECONDS } from '../otp/request.js';
import { parseLocale } from '../typed/locale.js';
import { readBody } from './body.js';
import { readContact } from './contact.js';
import type { CodeToSend, Outcome, Preset, Reading } from './preset.js';
import { coldRefusal, refusal, refusalOf } from './refusals.js';

export interface Received {
  outcome: Outcome;
  /** By somebody who knows a secret of the hook. */
  isSigned: boolean;
  /** What the log has of the codes: nothing that tells a number or a code. */
  marks: string[];
}

/**
 * What follows from a request of an auth server. Resolves once its codes are durable, or refused.
 * @param request.requestId as `NewJob.requestId`.
 */
export type Receive = (
  hook: KnownHook,
  preset: Preset,
  request: { headers: IncomingHttpHeaders; raw: Buffer; requestId: string },
) => Promise<Received>;

export function createReceive(deps: {
  clock: Clock;
  hooks: Pick<HookStore, 'noteUse'>;
  handed: HandedCodes;
  links: LinksToWrite;
}): Receive {
  const { clock, handed, links } = deps;

  /** Throws what the codes are refused with. */
  async function takeAll(codes: HandedCode[], preset: Preset): Promise<Outcome> {
    for (const code of codes) {
      try {
        await handed.take(code);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const link = preset.reachesPerson ? await linkInstead(code, error) : null;
        if (link === null) throw error;
        return coldRefusal(error, link);
      }
    }
    return { kind: 'accepted' };
  }

  /** Where the person can do something about it. */
  async function linkInstead(code: HandedCode, { code: reason }: AppError): Promise<string | null> {
    const { caller, contact, locale = null, address, requestId } = code;
    if (!WRITING_HELPS.has(reason) || contact.kind !== 'phone') return null;
    return await links.linkFor({ caller, phone: contact.value, locale, address, requestId });
  }

  return async ({ view, secrets }, preset, request) => {
    const isSigned = secrets.some((secret) => preset.authentication.isSigned(request, secret, clock.now()));
    if (!isSigned) return { outcome: refusal('signature'), isSigned, marks: [] };
    await deps.hooks.noteUse(view.id);
    const body = readBody(request.raw, request.headers['content-type']);
    if (body === undefined) return { outcome: refusal('unreadable'), isSigned, marks: [] };
    const pointers = view.pointers ?? { to: '/to', code: '/code' };
    const reading = preset.read({ raw: request.raw, body, pointers });
    const codes = codesIn(reading, view, preset, request.requestId);
    if ('kind' in codes) return { outcome: codes, isSigned, marks: [] };
    const marks = codes.map(({ caller, once }) => handed.markOf(caller, once.key));
    try {
      return { outcome: await takeAll(codes, preset), isSigned, marks };
    } catch (error) {
      const refused = error instanceof AppError ? refusalOf(error) : null;
      if (refused === null) throw error;
      return { outcome: refused, isSigned, marks };
    }
  };
}

/** All of them, or why none is taken. */
function codesIn(
  reading: Reading,
  view: KnownHook['view'],
  preset: Preset,
  requestId: string,
): HandedCode[] | Outcome {
  if (reading.kind === 'refused') return refusal(reading.reason, { message: reading.message });
  const codes: HandedCode[] = [];
  for (const told of reading.codes) {
    const contact = readContact(told.to);
    if (contact === null) return refusal('number');
    if (!HANDED_CODE.test(told.code)) return refusal('not_a_code');
    codes.push({ ...handedOf(told, contact, view, preset), requestId });
  }
  return codes;
}

function handedOf(
  told: CodeToSend,
  contact: HandedCode['contact'],
  view: KnownHook['view'],
  preset: Preset,
): HandedCode {
  const ttlMs = told.lifeMs === undefined || told.lifeMs === null ? view.ttlMs : bounded(told.lifeMs);
  const locale = told.locale ? parseLocale(told.locale.replaceAll('_', '-')) : null;
  return {
    caller: hookCallerId(view.id),
    contact,
    code: told.code,
    ...(contact.kind === 'phone' && view.route !== null && { route: view.route }),
    ...(locale !== null && { locale }),
    ttlMs,
    hasText: view.template !== null,
    address: told.ip && isIP(told.ip) !== 0 ? told.ip : null,
    once: { key: told.dedupeKey, forMs: preset.doublesMs ?? view.ttlMs },
  };
}

function bounded(lifeMs: number): number {
  const [least, most] = TTL_SECONDS;
  return Math.min(Math.max(lifeMs, least * 1_000), most * 1_000);
}
