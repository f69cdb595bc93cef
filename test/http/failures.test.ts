import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unavailable } from '../../src/delivery/unavailable.js';
import { AppError } from '../../src/errors.js';
import { type LogFields, silentLog } from '../../src/log.js';
import { type Gateway, send, startGateway } from './harness.js';

const BODY = '{"phoneNumber":"+201001234567"}';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

describe('what goes wrong further down', () => {
  it('says when to come back if a code could not arrive in time', async () => {
    const message = 'Service temporarily unavailable due to a queueing issue. Please try again shortly.';
    gateway.setIssue(() => Promise.reject(unavailable('queue_full', 12.2, 'what nobody is to know')));
    const response = await send(gateway, BODY);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('13');
    expect(await response.json()).toEqual({
      message,
      code: 'queue_full',
      reason: 'The codes that already wait would make a new one too late.',
      retryAfterSeconds: 13,
    });
  });

  it('a 503 that names no time says soon', async () => {
    gateway.setIssue(() => Promise.reject(new AppError('store_unavailable', 'Away.')));
    const response = await send(gateway, BODY);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toEqual({
      message: 'Away.',
      code: 'store_unavailable',
      retryAfterSeconds: 5,
    });
  });

  it('a bad body is reported even while the sender is away', async () => {
    gateway.setIssue(() => Promise.reject(new AppError('sender_not_paired', 'unavailable')));
    expect((await send(gateway, '{}')).status).toBe(400);
  });

  const failure = async (env: string) => {
    const logged: (LogFields | undefined)[] = [];
    const log = { ...silentLog, error: (_message: string, fields?: LogFields) => void logged.push(fields) };
    const own = await startGateway({ env, log });
    try {
      own.setIssue(() => Promise.reject(new Error('the disk is on fire')));
      const response = await send(own, BODY);
      return { status: response.status, body: await response.json(), logged };
    } finally {
      await own.close();
    }
  };

  it('an unexpected failure is a 500 that tells nothing, and is logged with its cause', async () => {
    const { status, body, logged } = await failure('production');
    expect(status).toBe(500);
    expect(body).toEqual({
      message: 'Internal Server Error while processing OTP request.',
      code: 'internal',
    });
    expect(logged).toHaveLength(1);
    expect(logged[0]?.error).toMatchObject({ message: 'the disk is on fire' });
  });

  it('in development the 500 carries the stack', async () => {
    const { body } = await failure('development');
    expect(body).toMatchObject({
      message: 'Internal Server Error while processing OTP request.',
      error: expect.stringContaining('the disk is on fire'),
    });
  });
});
