import { Webhook } from 'standardwebhooks';
import type { TypedHook } from '../../src/hooks/hook-order.js';
import type { HookWithSecret } from '../../src/hooks/hooks.js';
import { type Gateway, startGateway } from '../http/harness.js';
import type { DATABASES } from '../support/databases.js';
import { until } from '../support/until.js';

export const BY = { actor: 'tester', address: '192.0.2.1' };

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: unknown;
}

/** Hooks on a real port, with handsets whose messages can be read. */
export interface World {
  gateway: Gateway;
  create(typed: TypedHook): Promise<HookWithSecret>;
  post(made: HookWithSecret, body: Buffer | string, headers?: Record<string, string>): Promise<Answer>;
  /** As Supabase signs it; each call is another attempt. */
  signed(made: HookWithSecret, body: Buffer, at?: number): Record<string, string>;
  messagesTo(phone: string): string[];
  /** The last message that a handset got; waits until it has got `count`. */
  messageTo(phone: string, count?: number): Promise<string>;
  jobs(): Promise<number>;
  close(): Promise<void>;
}

export async function openWorld(
  kind: (typeof DATABASES)[number],
  options: Parameters<typeof startGateway>[0] = {},
): Promise<World> {
  const gateway = await startGateway({ databaseKind: kind, sends: true, ...options });
  const { sender, clock, store } = gateway;
  sender.answer = async () => clock.now();
  let attempts = 0;

  const messagesTo = (phone: string) =>
    sender.written.filter(({ recipient }) => recipient === phone).map(({ text }) => text);

  return {
    gateway,
    messagesTo,
    close: gateway.close,
    create: (typed) => gateway.hooks.create(typed, BY),

    async post({ hook }, body, headers = {}) {
      const response = await fetch(gateway.url + new URL(hook.url).pathname, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: new Uint8Array(Buffer.from(body)),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
      return { status: response.status, headers: response.headers, text, body: isJson && JSON.parse(text) };
    },

    signed({ secret }, body, at = clock.now()) {
      const id = `msg_${++attempts}`;
      return {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at / 1_000)),
        'webhook-signature': new Webhook(secret).sign(id, new Date(at), body.toString()),
      };
    },

    async messageTo(phone, count = 1) {
      return await until(`message ${count} to ${phone}`, async () => {
        await clock.advance(1_000);
        return messagesTo(phone)[count - 1];
      });
    },

    async jobs() {
      const { count } = await store
        .selectFrom('jobs')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(count);
    },
  };
}
