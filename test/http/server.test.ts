import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { API_KEY, type Gateway, send, startGateway } from './harness.js';
import { exchange, post } from './raw.js';

let gateway: Gateway;
afterEach(() => gateway.close());

describe('the server', () => {
  it('answers what is not HTTP with JSON', async () => {
    gateway = await startGateway();
    const { status, head, body } = await exchange(gateway.url, 'HELLO THERE\r\n\r\n');
    expect(status).toBe(400);
    expect(head).toContain('application/json');
    expect(JSON.parse(body)).toEqual({ message: expect.any(String), code: 'bad_request' });
  });

  it('answers headers that are too large', async () => {
    gateway = await startGateway();
    const { status, body } = await exchange(
      gateway.url,
      `GET / HTTP/1.1\r\nHost: test\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(status).toBe(431);
    expect(JSON.parse(body)).toMatchObject({ code: 'headers_too_large' });
  });

  it('survives a caller that hangs up in the middle of its body', async () => {
    gateway = await startGateway();
    const request = post(
      '/api/v1/otp/send',
      [`X-API-KEY: ${API_KEY}`, 'Content-Type: application/json'],
      '{"phoneNumber":"+201001234567"}',
    );
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => {
        socket.write(request.subarray(0, request.length - 5), () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect((await send(gateway, { phoneNumber: '+201001234567' })).status).toBe(202);
    expect(gateway.requests).toHaveLength(1);
  });

  it('finishes the answer in hand when it closes, then refuses', async () => {
    // A close that waited for its bound would never come back.
    gateway = await startGateway({ closeMs: 24 * 3_600_000 });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      gateway.setIssue(async () => {
        resolve();
        await held;
        return { otp: '1234', jobId: 1, expiresAt: gateway.clock.now(), estimatedDeliverySeconds: 1 };
      });
    });
    await fetch(`${gateway.url}/healthz`); // an idle keep-alive connection must not hold the server
    const answer = send(gateway, { phoneNumber: '+201001234567' });
    await arrived;
    const closed = gateway.close();
    release();
    expect((await answer).status).toBe(202);
    await closed;
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
    gateway = await startGateway();
  });

  it('cuts what is still open when its time to close is up', async () => {
    gateway = await startGateway();
    const arrived = new Promise<void>((resolve) => {
      gateway.setIssue(() => {
        resolve();
        return new Promise(() => {});
      });
    });
    const answer = send(gateway, { phoneNumber: '+201001234567' });
    answer.catch(() => {});
    await arrived;
    await gateway.close();
    await expect(answer).rejects.toThrow();
    gateway = await startGateway();
  });
});
