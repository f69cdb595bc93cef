import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createSmsChannel } from '../../src/delivery/outlets/sms-channel.js';
import { unavailable } from '../../src/delivery/unavailable.js';
import { createSmsProvider, type SmsProvider } from '../../src/sandbox/providers/sms-provider.js';
import { openSms, PERSON, smsSettings } from '../channels/sms-world.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { openDelivery } from '../support/delivery.js';
import { createScriptedSender } from '../support/scripted-sender.js';
import { until } from '../support/until.js';

const ELSEWHERE = '+4915112345678';

describe.each(DATABASES)('the lane of sms on %s', (kind) => {
  let provider: SmsProvider;
  let database: Database;
  beforeAll(async () => {
    [provider, database] = await Promise.all([createSmsProvider(), openTestDatabase(kind)]);
  });
  afterAll(async () => {
    await provider.close();
    await database.close();
  });
  beforeEach(async () => {
    provider.clear();
    await database.store.deleteFrom('jobs').execute();
  });

  async function start({ cap = 10, ...change }: { cap?: number; timeoutMs?: number } = {}) {
    const clock = createTestClock();
    const settings = smsSettings(provider, { countries: ['eg', 'US'], ...change });
    const sms = openSms({ database, clock, settings });
    let used = 0;
    const allowance = {
      async count() {
        if (used >= cap) throw unavailable('sms_cap_used', 60);
        used += 1;
        return {
          async giveBack() {
            used -= 1;
          },
        };
      },
    };
    const { countries } = settings;
    const log = { error() {}, warn() {}, info() {}, debug() {} };
    const channel = createSmsChannel({ sms, clock, log, countries, allowance });
    const delivery = openDelivery({
      database,
      sender: createScriptedSender(clock),
      clock,
      channels: (whatsapp, email) => [whatsapp, channel, email],
    });
    await delivery.start();
    onTestFinished(async () => {
      sms.close();
      const stopped = delivery.stop();
      await clock.advance(10_000);
      await stopped;
    });
    const request = (to = PERSON) => delivery.request(to, { channel: 'sms' });
    const refusal = (to = PERSON) =>
      request(to).then(
        () => null,
        ({ code, options }: { code: string; options: { retryAfterSeconds: number } }) => [
          code,
          options.retryAfterSeconds,
        ],
      );
    const job = async (id: number) =>
      await database.store.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    const inState = (id: number, status: string) =>
      until(status, async () => {
        await clock.advance(0);
        const found = await job(id);
        return found.status === status ? found : null;
      });
    const attempted = (requests: number) =>
      until('the attempt', async () => {
        await clock.advance(0);
        return provider.requests.length >= requests;
      });
    return { clock, sms, delivery, request, refusal, job, inState, attempted, used: () => used };
  }

  it('hands a message over, and what the provider reports ends in its row', async () => {
    const { request, inState, sms } = await start();
    const id = await request();
    const sent = await inState(id, 'sent');
    expect(sent).toMatchObject({ channel: 'sms', sender: 'sms', writes: 1, attempts: 0, delivered_at: null });
    expect(provider.messages(PERSON).at(-1)?.ref).toBe(sent.message_id);
    const report = async (status: string) => {
      const raw = Buffer.from(JSON.stringify({ ref: sent.message_id, status }));
      const { createHmac } = await import('node:crypto');
      const signature = `sha256=${createHmac('sha256', provider.secret).update(raw).digest('hex')}`;
      const headers = { 'x-signature': signature };
      return await sms.receiver?.receive({ key: 'r3ceipt-key', headers, query: new URLSearchParams(), raw });
    };
    expect(await report('UNDELIV')).toBe('taken');
    expect(await inState(id, 'failed')).toMatchObject({ error_code: 'provider_failed' });
    await report('DELIVRD');
    expect((await inState(id, 'sent')).delivered_at).not.toBeNull();
  });

  it('goes to the countries of the list, whoever asks, silently or not', async () => {
    const { refusal, delivery, used } = await start();
    expect(await refusal(ELSEWHERE)).toEqual(['sms_country_not_listed', 86_400]);
    await expect(delivery.admit(ELSEWHERE, { channel: 'sms', silent: true })).rejects.toMatchObject({
      code: 'sms_country_not_listed',
    });
    expect(await refusal('+12025550143')).toBeNull();
    expect(used()).toBe(1);
  });

  it('sends as many a day as it may, and gives back what no message came of', async () => {
    const { refusal, delivery, used } = await start({ cap: 2 });
    const place = await delivery.reserve(PERSON, { channel: 'sms' });
    expect(used()).toBe(1);
    place.release();
    place.release();
    expect(used()).toBe(0);
    expect([await refusal(), await refusal('+201001234568'), await refusal('+201001234569')]).toEqual([
      null,
      null,
      ['sms_cap_used', 60],
    ]);
  });

  it('tries again what was refused as a whole, and what it costs is one message', async () => {
    const { request, inState, attempted, job, clock } = await start();
    provider.script(PERSON, { answer: { status: 429, headers: { 'retry-after': '20' }, body: {} } });
    const before = provider.requests.length;
    const id = await request();
    await attempted(before + 1);
    await until('the outcome', async () => (await job(id)).attempts === 1);
    expect(await job(id)).toMatchObject({ status: 'pending', writes: 0, sender: null });
    await clock.advance(19_000);
    expect(provider.requests).toHaveLength(before + 1);
    provider.clear();
    await clock.advance(1_000);
    expect(await inState(id, 'sent')).toMatchObject({ writes: 1, attempts: 1 });
  });

  it('never writes again what may have arrived: it waits for its receipt, and ends with its code', async () => {
    const { request, attempted, job, clock } = await start({ timeoutMs: 5_000 });
    provider.script(PERSON, { answer: 'hang' });
    const before = provider.requests.length;
    const id = await request();
    await attempted(before + 1);
    await clock.advance(5_000);
    await until('the outcome', async () => (await job(id)).status === 'pending');
    provider.clear();
    for (let step = 0; step < 20; step++) await clock.advance(5_000);
    expect(await job(id)).toMatchObject({ status: 'pending', writes: 1 });
    expect(provider.requests).toHaveLength(before + 1);
    const ended = await until('the end of the code', async () => {
      await clock.advance(5_000);
      const found = await job(id);
      return found.status === 'expired' && found;
    });
    expect(ended).toMatchObject({ error_code: 'unconfirmed', writes: 1 });
  });

  it('is shut while the provider takes nothing from us, and opens by itself', async () => {
    const { request, attempted, refusal, inState, clock, sms } = await start();
    provider.script(PERSON, { answer: { status: 402, body: { error: { code: 'no_credit' } } } });
    const before = provider.requests.length;
    const id = await request();
    await attempted(before + 1);
    await until('the trouble', () => sms.trouble());
    expect(await refusal('+201001234568')).toEqual(['sms_unavailable', 60]);
    provider.clear();
    await clock.advance(30_000);
    expect(await inState(id, 'sent')).toMatchObject({ writes: 1, attempts: 0 });
    expect(await refusal('+201001234568')).toBeNull();
  });
});
