import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { HookStore, KnownHook } from '../callers/hooks/hook-store.js';
import type { Clock, Timer } from '../clock.js';
import { STORE_RETRY_SECONDS, unavailable } from '../delivery/unavailable.js';
import { AppError } from '../errors.js';
import { answerJson, setRetryAfter } from '../http/answer.js';
import { knownError } from '../http/errors.js';
import { post } from '../http/methods.js';
import { rawBody } from '../http/parse.js';
import { requestIdOf } from '../http/requests/request-id.js';
import type { Log } from '../log.js';
import type { HookAnswer, Outcome, Preset, Refusal } from './preset.js';
import { presetNamed } from './presets/index.js';
import type { Receive, Received } from './receive.js';
import { refusal, refusalOf } from './refusals.js';

export interface HookDoorDeps {
  clock: Clock;
  hookRows: Pick<HookStore, 'open'>;
  receive: Receive;
  perAddress: RequestHandler;
  log: Log;
}

const NOTHING = Buffer.alloc(0);
/** Auth servers have people waiting for them: they hear within a second. */
const ANSWER_MS = 900;

/** POST /hooks/:id: auth servers hand us their codes, each in its own words. */
export function createHookDoor(deps: HookDoorDeps): RequestHandler {
  const { clock, hookRows, receive, perAddress, log } = deps;
  /** In whose words to refuse what comes while there are too many requests, or the store is away. */
  const known = new Map<string, Preset>();
  const router = Router({ caseSensitive: true });

  /** Rejects with not_found. */
  async function open(id: string): Promise<{ hook: KnownHook; preset: Preset }> {
    const hook = await hookRows.open(id);
    const preset = hook && presetNamed(hook.view.preset);
    if (!hook || !preset) {
      known.delete(id);
      throw new AppError('not_found', 'There is no hook at this address.');
    }
    known.set(id, preset);
    return { hook, preset };
  }

  async function received(id: string, req: Request, res: Response): Promise<Received> {
    await through(perAddress, req, res);
    const { hook, preset } = await open(id);
    if (hook.view.state === 'disabled') return { outcome: refusal('unknown'), isSigned: false, marks: [] };
    await through(rawBody, req, res);
    const raw = Buffer.isBuffer(req.body) ? req.body : NOTHING;
    return await receive(hook, preset, { headers: req.headers, raw, requestId: requestIdOf(res) });
  }

  /** Rejects with store_unavailable when the answer is due. The work goes on; the same code, sent again, is a double. */
  async function inTime(work: Promise<Received>, requestId: string): Promise<Received> {
    let timer: Timer | null = null;
    const due = new Promise<never>((_, reject) => {
      timer = clock.after(ANSWER_MS, () => {
        work.then(
          ({ outcome, isSigned }) => {
            if (!isSigned) return;
            log.warn('a hook was answered before this was known', { requestId, outcome: reasonOf(outcome) });
          },
          (error: unknown) => void refusalFor(error, log, requestId),
        );
        reject(unavailable('store_unavailable', STORE_RETRY_SECONDS));
      });
    });
    try {
      return await Promise.race([work, due]);
    } finally {
      (timer as Timer | null)?.cancel();
    }
  }

  post(router, '/:id', async (req, res) => {
    const id = String(req.params.id);
    const requestId = requestIdOf(res);
    let told: Received;
    try {
      told = await inTime(received(id, req, res), requestId);
    } catch (error) {
      if (!known.has(id)) throw error;
      told = { outcome: refusalFor(error, log, requestId), isSigned: false, marks: [] };
    }
    const preset = known.get(id);
    if (!preset) throw new Error('A hook was answered whose preset nobody knows.');
    const { outcome, isSigned, marks } = told;
    // Anybody can call it, and as often as there are addresses to call it from.
    log[isSigned ? 'info' : 'debug']('a hook was called', {
      requestId,
      hook: id,
      preset: preset.name,
      codes: marks,
      outcome: reasonOf(outcome),
    });
    send(res, preset.answer(outcome), outcome);
  });
  return router;
}

function reasonOf(outcome: Outcome): string {
  return outcome.kind === 'accepted' ? 'accepted' : outcome.reason;
}

function refusalFor(error: unknown, log: Log, requestId: string): Refusal {
  const known = knownError(error);
  const cause = known ? known.options.cause : error;
  if (cause !== undefined)
    log.error('a hook could not be answered as it should', { requestId, error: cause });
  return (known && refusalOf(known)) ?? refusal('unavailable', { retryAfterSeconds: STORE_RETRY_SECONDS });
}

/** Resolves when the handler has let the request pass, and rejects with what it refuses it for. */
function through(handler: RequestHandler, req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    handler(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
}

function send(res: Response, { status, body }: HookAnswer, outcome: Outcome): void {
  if (status >= 400 && outcome.kind === 'refused' && outcome.retryAfterSeconds !== null) {
    setRetryAfter(res, outcome.retryAfterSeconds);
  }
  if (typeof body === 'object' && body !== null) {
    answerJson(res, status, body);
  } else {
    res.status(status).set('Cache-Control', 'no-store');
    if (body !== null) res.type('text/plain');
    res.end(body ?? undefined);
  }
}
