import * as z from 'zod';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';

/** Asks the service whose CAPTCHA the pages show: Turnstile, hCaptcha, or another that speaks like them. */
export interface CaptchaVerifier {
  /**
   * Whether this token is that of a solved CAPTCHA; the service takes each token once. Rejects with captcha_unavailable
   * when that cannot be found out in time.
   * @param address of the client.
   */
  isSolved(token: string, address: string): Promise<boolean>;
}

const TIMEOUT_MS = 5_000;
/** Questions under way: more would only wait, and hold memory. */
const MAX_ASKED = 200;
const RETRY_SECONDS = 5;

/** developers.cloudflare.com/turnstile/get-started/server-side-validation, docs.hcaptcha.com/#verify-the-user-response-server-side */
const ANSWER = z.object({ success: z.boolean(), 'error-codes': z.array(z.string()).optional() });
/** Not the client's fault. */
const OURS = /-input-secret$|^internal-error$/;

export function createCaptchaVerifier(deps: {
  clock: Clock;
  settings: { url: string; secret: string };
  fetch?: typeof globalThis.fetch;
}): CaptchaVerifier {
  const { clock, settings, fetch = globalThis.fetch } = deps;
  let asked = 0;

  async function ask(token: string, address: string, signal: AbortSignal): Promise<boolean> {
    const response = await fetch(settings.url, {
      method: 'POST',
      body: new URLSearchParams({ secret: settings.secret, response: token, remoteip: address }),
      redirect: 'error',
      signal,
    });
    const { success, data } = ANSWER.safeParse(await response.json().catch(() => null));
    if (!success) throw new Error(`The CAPTCHA service answered ${response.status} and said nothing.`);
    const ours = data['error-codes']?.find((code) => OURS.test(code));
    if (ours !== undefined) throw new Error(`The CAPTCHA service answered ${ours.slice(0, 50)}.`);
    return data.success;
  }

  return {
    async isSolved(token, address) {
      if (asked >= MAX_ASKED) throw unavailable();
      const abort = new AbortController();
      const timer = clock.after(TIMEOUT_MS, () => abort.abort());
      asked++;
      try {
        return await ask(token, address, abort.signal);
      } catch (error) {
        throw unavailable(abort.signal.aborted ? new Error('The CAPTCHA service did not answer.') : error);
      } finally {
        asked--;
        timer.cancel();
      }
    },
  };
}

function unavailable(cause?: unknown): AppError {
  return new AppError(
    'captcha_unavailable',
    'The CAPTCHA cannot be checked at the moment. Please try again in a moment.',
    { retryAfterSeconds: RETRY_SECONDS, cause },
  );
}
