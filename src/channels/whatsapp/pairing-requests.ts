import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Effect } from './state/effects.js';

/** Operators who wait for a code to type on the phone. */
export interface PairingRequests {
  /** The code rejects with an `AppError` when there is none, or none in time. */
  open(): { request: number; code: Promise<string> };
  give(request: number, code: string): void;
  refuse(request: number, why: Refusal, cause?: unknown): void;
}

type Refusal = Extract<Effect, { do: 'refuse_pairing_code' }>['why'];

const PATIENCE_MS = 30_000;

export function createPairingRequests(clock: Clock): PairingRequests {
  const waiting = new Map<number, { resolve(code: string): void; reject(error: AppError): void }>();
  let requests = 0;

  function take(request: number) {
    const found = waiting.get(request);
    waiting.delete(request);
    return found;
  }

  return {
    open() {
      const request = ++requests;
      const code = new Promise<string>((resolve, reject) => waiting.set(request, { resolve, reject }));
      // It may be refused before anything listens.
      code.catch(() => {});
      const late = new AppError('sender_unavailable', 'WhatsApp gave no pairing code in time.');
      clock.after(PATIENCE_MS, () => take(request)?.reject(late));
      return { request, code };
    },
    give: (request, code) => take(request)?.resolve(code),
    refuse: (request, why, cause) => take(request)?.reject(errorOf(why, cause)),
  };
}

function errorOf(why: Refusal, cause: unknown): AppError {
  switch (why) {
    case 'is_paired':
      return new AppError('conflict', 'A number is paired already. Log out first.');
    case 'not_reached':
      return new AppError('sender_unavailable', 'WhatsApp could not be reached. Please try again.');
    case 'refused':
      return new AppError('sender_unavailable', 'WhatsApp gave no pairing code.', { cause });
  }
}
