import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { type App, openApp } from '../../src/app.js';
import { silentLog } from '../../src/log.js';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { logIn } from '../support/admin-client.js';
import { GATEWAY, newEnvironment } from '../support/product.js';
import { until } from '../support/until.js';
import { openReceiver, type Receiver } from '../webhooks/receiver.js';

const PERSON = '+201001234567';

/** The whole product, and a receiver that uses the unmodified package. */
describe('webhooks', () => {
  let whatsapp: SimulatedWhatsApp;
  let receiver: Receiver;
  let app: App;
  let base = '';
  let environment: Record<string, string>;
  let secret = '';

  beforeAll(async () => {
    [whatsapp, receiver] = await Promise.all([createSimulatedWhatsApp(), openReceiver()]);
    environment = newEnvironment(whatsapp, { NODE_ENV: 'test', WEBHOOK_ALLOW_PRIVATE: 'true' });
    const config = loadConfig({ environment, envFile: null });
    app = await openApp({ config, log: silentLog, onLockLost: () => {} });
    base = `http://127.0.0.1:${await app.listen()}`;
    const made = await post('/api/v1/webhooks', { url: `${receiver.url}/all` });
    secret = made.body.secret;
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([whatsapp.close(), receiver.close()]);
  });

  async function post(path: string, body: object) {
    const answer = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': environment.API_KEY ?? '' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as { secret: string; jobId: number } };
  }
  const told = (type: string) => receiver.received.filter(({ event }) => event.type === type);

  it('tell of codes that are refused, at the gateway and at a contract', async () => {
    // Nobody has paired a number.
    expect((await post('/api/v1/otp/send', { phoneNumber: PERSON })).status).toBe(503);
    const refused = await until('the refusal', () => told('code.refused')[0]);
    expect(refused.event.data).toMatchObject({
      to: '+20********67',
      error: { code: 'sender_not_paired' },
      retryAfterSeconds: expect.any(Number),
    });
    const account = { name: 'Sara', phoneNumber: '+201001234568', password: 'a password of her own' };
    expect((await post('/api/users/register', account)).status).toBe(503);
    await until('the refusal', () => told('code.refused')[1]);
    expect(told('code.refused')).toHaveLength(2);
  });

  it('tell every state of the sender, and the way of a code to the handset', async () => {
    const admin = await logIn(base, environment.ADMIN_USERNAME ?? 'admin', environment.ADMIN_PASSWORD ?? '');
    await whatsapp.phone(GATEWAY).scan(await until('a QR', async () => (await admin.status()).qr));
    await until('READY', async () => (await admin.status()).state === 'READY');
    const states = () => told('sender.state_changed').map(({ event }) => event.data.state);
    await until('READY is told', () => states().at(-1) === 'READY');
    expect(states()).toEqual(['QR_REQUIRED', 'PAIRING', 'READY']);
    expect((await admin.post('/session/reload')).status).toBe(200);
    await until('the way back is told', () => states().slice(3).includes('READY'));
    expect(states().slice(3)).toContain('CONNECTING');
    await until(
      'nothing stands in the way',
      () => told('channel.obstacle').at(-1)?.event.data.obstacle === null,
    );

    const { body, status } = await post('/api/v1/otp/send', { phoneNumber: PERSON });
    expect(status).toBe(202);
    await until('the delivery', () => told('code.delivered').length > 0);
    const own = receiver.received.filter(({ event }) => event.data.jobId === body.jobId);
    expect(own.map(({ event }) => event.type)).toEqual(['code.accepted', 'code.sent', 'code.delivered']);
    for (const { body: text, headers, event } of own) {
      expect(new Webhook(secret).verify(text, headers)).toEqual(event);
    }
  });
});
