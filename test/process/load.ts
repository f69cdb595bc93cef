import { expect } from 'vitest';
import type { SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import type { Product } from '../support/product.js';

/** Callers at every kind of door, who go on until they are stopped. */
export interface Load {
  /** Resolves after so many more answers to requests for a code, 503s among them. */
  answered(more: number): Promise<void>;
  /** After so many more 202s. */
  accepted(more: number): Promise<void>;
  /** After so many more 503s for a code. */
  refused(more: number): Promise<void>;
  /** After so many more 503s at each door. */
  refusedEverywhere(more: number): Promise<void>;
  /** Every code that was accepted. Rejects when an answer was neither right nor a 503 that says when to come back. */
  stop(): Promise<AcceptedCode[]>;
}

export interface AcceptedCode {
  phone: string;
  otp: string;
  jobId: number;
}

const CALLERS = 3;
let numbers = 0;

export function startLoad(product: Product, whatsapp: SimulatedWhatsApp, cookie: string): Load {
  const accepted: AcceptedCode[] = [];
  const answers: Record<string, number> = {};
  let waiting: { isOver(): boolean; resolve(): void }[] = [];
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));

  function note(door: string, status: number): void {
    const key = `${door} ${status}`;
    answers[key] = (answers[key] ?? 0) + 1;
    for (const { resolve } of waiting.filter(({ isOver }) => isOver())) resolve();
    waiting = waiting.filter(({ isOver }) => !isOver());
  }

  const count = (pattern: RegExp) =>
    Object.entries(answers).reduce((sum, [key, value]) => sum + (pattern.test(key) ? value : 0), 0);

  function reached(goals: [RegExp, number][]): Promise<void> {
    const marks = goals.map(([pattern, more]) => ({ pattern, at: count(pattern) + more }));
    const isOver = () => marks.every(({ pattern, at }) => count(pattern) >= at);
    const reaching = new Promise<void>((resolve) => waiting.push({ isOver, resolve }));
    // A caller that met something else ends the wait with it.
    return Promise.race([reaching, callers.then(() => {})]);
  }

  /** To a new number; resolves with it when the code was accepted. */
  async function send(): Promise<string | null> {
    const phone = newNumber();
    const { status, headers, body } = await product.send(phone);
    if (status === 202) {
      accepted.push({ phone, otp: String(body.otp), jobId: Number(body.jobId) });
      note('send', status);
      return phone;
    }
    expectRefusal('send', status, headers);
    note('send', status);
    return null;
  }

  async function sendAndWait(): Promise<void> {
    const phone = await send();
    if (phone === null) return;
    await Promise.race([whatsapp.waitForMessage(({ to }) => to === phone, 60_000), stopped]);
  }

  async function ask(door: string, path: string, init: RequestInit, isRight: (status: number) => boolean) {
    const response = await fetch(`${product.url}${path}`, { redirect: 'manual', ...init });
    await response.text();
    if (!isRight(response.status)) expectRefusal(door, response.status, response.headers);
    note(door, response.status);
  }

  const post = (body: object): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const isOk = (status: number) => status === 200;
  const isUnknown = (status: number) => status === 404;
  const doors: Record<string, () => Promise<void>> = {
    phone: () => ask('phone', '/api/users/login', post({ phoneNumber: newNumber() }), isUnknown),
    whatsapp: () => ask('whatsapp', '/api/auth-otp/request-login', post({ phone: newNumber() }), isUnknown),
    'two-factor': () =>
      ask('two-factor', '/api/auth/register/resend-otp', post({ email: 'no@example.com' }), isUnknown),
    cookie: () => ask('cookie', '/verify-otp', post({ email: 'no@example.com', otp: '123456' }), isUnknown),
    page: () => ask('page', '/admin/jobs', { headers: { cookie, accept: 'text/html' } }, isOk),
    dashboard: () => ask('dashboard', '/admin/api/status', { headers: { cookie } }, isOk),
  };
  async function askEverywhere(): Promise<void> {
    // Somebody has to ask while the others wait for what was accepted before.
    await send();
    for (const askOne of Object.values(doors)) await askOne();
  }

  const acts = [...Array.from({ length: CALLERS }, () => sendAndWait), askEverywhere];
  const callers = Promise.all(
    acts.map(async (act) => {
      while (!stopping.signal.aborted) await act();
    }),
  );
  callers.catch(() => {});

  return {
    answered: (more) => reached([[/^send/, more]]),
    accepted: (more) => reached([[/^send 202/, more]]),
    refused: (more) => reached([[/^send 503/, more]]),
    refusedEverywhere: (more) =>
      reached(['send', ...Object.keys(doors)].map((door) => [new RegExp(`^${door} 503`), more])),
    async stop() {
      stopping.abort();
      await callers;
      return accepted;
    },
  };
}

function newNumber(): string {
  return `+2010${String(20_000_000 + ++numbers)}`;
}

function expectRefusal(door: string, status: number, headers: Headers): void {
  expect(`${door} ${status}`).toBe(`${door} 503`);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}
