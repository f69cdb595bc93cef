import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Alarm } from '../../src/alarms/alarms.js';
import { createTidying } from '../../src/webhooks/lane/tidying.js';
import { envelope, maskedBody } from '../../src/webhooks/outbox/body.js';
import { DATABASES } from '../support/databases.js';
import { openTold, type Told } from './world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const events = ['code.accepted' as const];
let numbers = 0;
const newNumber = () => `+20100600${String(1000 + numbers++)}`;

describe.each(DATABASES)('the lane of webhooks on %s', (kind) => {
  let told: Told;
  beforeAll(async () => {
    told = await openTold(kind);
  });
  afterAll(() => told.close());

  const answering = (path: string, status: number, headers = {}, body = '') =>
    told.receiver.answers.set(path, (res) => void res.writeHead(status, headers).end(body));
  const idsAt = (path: string) =>
    told.receiver.received.filter((each) => each.path === path).map(({ headers }) => headers['webhook-id']);
  const remove = (id: string) => told.webhooks().endpoints.remove({ id });
  async function latest(id: string) {
    const [newest] = await told.webhooks().deliveries.list({ id });
    if (!newest) throw new Error('there is no delivery');
    return newest;
  }

  it('signs with the present secret and, for a day, with that of before', async () => {
    const { endpoint, secret } = await told.hears('/signed', { events });
    await told.request(newNumber());
    const [first] = await told.got(1, '/signed');
    expect(new Webhook(secret).verify(first?.body ?? '', first?.headers ?? {})).toEqual(first?.event);
    const { secret: second } = await told.webhooks().endpoints.rotate({ id: endpoint.id });
    await told.request(newNumber());
    const [, both] = await told.got(2, '/signed');
    for (const each of [secret, second]) {
      expect(new Webhook(each).verify(both?.body ?? '', both?.headers ?? {})).toEqual(both?.event);
    }
    expect(both?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    const rows = await told.store.selectFrom('webhook_endpoints').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(second.slice(6));
    told.clock.step(DAY_MS);
    await told.request(newNumber());
    expect((await told.got(3, '/signed'))[2]?.headers['webhook-signature']).toMatch(/^v1,\S+$/);
    await remove(endpoint.id);
  });

  it('holds up nobody for an endpoint that does not answer, which gets one at a time', async () => {
    told.receiver.answers.set('/hangs', () => {});
    const hanging = await told.hears('/hangs', { events });
    const fine = await told.hears('/fine', { events });
    const began = told.clock.now();
    for (let time = 0; time < 5; time++) await told.request(newNumber());
    await told.got(5, '/fine');
    expect(told.clock.now() - began).toBeLessThan(10_000);
    await told.clock.advance(4_000);
    expect(told.receiver.types('/hangs')).toHaveLength(1);
    await told.clock.advance(11_000);
    await told.got(2, '/hangs');
    const [, , , , first] = await told.webhooks().deliveries.list({ id: hanging.endpoint.id });
    expect(first).toMatchObject({
      status: 'waiting',
      attempts: 1,
      lastAttempt: { httpStatus: null, problem: 'No complete answer within 15 seconds.' },
    });
    await remove(hanging.endpoint.id);
    await remove(fine.endpoint.id);
    told.receiver.answers.delete('/hangs');
  });

  it('lets the other events of an endpoint go on while one waits for its retry', async () => {
    const { endpoint } = await told.hears('/once-bad', { events });
    let times = 0;
    told.receiver.answers.set('/once-bad', (res) => void res.writeHead(++times === 1 ? 500 : 200).end());
    for (let time = 0; time < 3; time++) await told.request(newNumber());
    const began = told.clock.now();
    await told.got(3, '/once-bad');
    expect(told.clock.now() - began).toBeLessThan(2_000);
    await told.moving('the retry', () => told.receiver.types('/once-bad').length > 3, 500);
    const [first, ...others] = idsAt('/once-bad');
    expect(others.at(-1)).toBe(first);
    expect(told.clock.now() - began).toBeGreaterThanOrEqual(5_000);
    expect(told.clock.now() - began).toBeLessThan(8_000);
    expect((await latest(endpoint.id)).status).toBe('arrived');
    await remove(endpoint.id);
  });

  it('tries for a day by the schedule, under the same id, and sends it again when somebody asks', async () => {
    const { endpoint } = await told.hears('/down', { events });
    const at: number[] = [];
    told.receiver.answers.set('/down', (res) => {
      at.push(told.clock.now());
      res.writeHead(503, { 'content-type': 'text/plain' }).end(`later ${'x'.repeat(9_000)}`);
    });
    await told.request(newNumber());
    await told.got(1, '/down');
    for (const waitMs of [5_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS]) {
      const before = at.length;
      await told.moving('it failed', async () =>
        (await latest(endpoint.id)).attempts === before ? true : null,
      );
      // What is due is found within two seconds, whatever becomes of the time of day.
      told.clock.step(waitMs - 4_500);
      await told.clock.advance(4_000);
      expect(at.length).toBe(before);
      await told.moving('the retry', () => at.length > before, 500);
    }
    const dead = await told.moving('it is given up', async () => {
      const delivery = await latest(endpoint.id);
      return delivery.status === 'dead' ? delivery : null;
    });
    expect(dead).toMatchObject({ attempts: 7, nextAttemptAt: null, lastAttempt: { httpStatus: 503 } });
    expect(dead.lastAttempt?.answer).toMatch(/^later x{494}$/);
    expect(new Set(idsAt('/down')).size).toBe(1);
    expect((await told.webhooks().deliveries.list({ id: endpoint.id }, 'dead')).length).toBe(1);
    await expect(told.webhooks().deliveries.replay({ id: endpoint.id }, 'msg_none')).rejects.toMatchObject({
      code: 'delivery_not_found',
    });
    told.receiver.answers.delete('/down');
    await told.webhooks().deliveries.replay({ id: endpoint.id }, dead.id);
    await told.moving('it arrived', async () =>
      (await latest(endpoint.id)).status === 'arrived' ? true : null,
    );
    expect(new Set(idsAt('/down')).size).toBe(1);
    await expect(told.webhooks().deliveries.replay({ id: endpoint.id }, dead.id)).rejects.toMatchObject({
      code: 'delivery_not_dead',
    });
    await remove(endpoint.id);
  });

  it('waits as long as Retry-After says, and follows no redirect', async () => {
    const { endpoint } = await told.hears('/busy', { events });
    answering('/busy', 429, { 'retry-after': '40' });
    await told.request(newNumber());
    const delivery = await told.moving('it failed', async () => {
      const found = await latest(endpoint.id).catch(() => null);
      return found?.attempts === 1 ? found : null;
    });
    expect((delivery.nextAttemptAt ?? 0) - (delivery.lastAttempt?.at ?? 0)).toBeGreaterThanOrEqual(40_000);
    answering('/busy', 302, { location: '/elsewhere' });
    await told.clock.advance(40_000);
    await told.got(2, '/busy');
    const redirected = await told.moving('it failed', async () => {
      const found = await latest(endpoint.id);
      return found.attempts === 2 ? found : null;
    });
    expect(redirected.lastAttempt).toMatchObject({
      httpStatus: 302,
      problem: 'It answered with a redirect.',
    });
    expect(told.receiver.types('/elsewhere')).toEqual([]);
    await remove(endpoint.id);
  });

  it('gives up an endpoint that is gone, or has failed for five days, and tells an operator once', async () => {
    const gone = await told.hears('/gone', { events });
    answering('/gone', 410);
    await told.request(newNumber());
    const find = (id: string) => told.webhooks().endpoints.find({ id });
    await told.moving('it is disabled', async () => (await find(gone.endpoint.id)).disabled);
    expect(await find(gone.endpoint.id)).toMatchObject({ disabled: { why: 'gone' } });
    await told.moving('the alarm', () => told.alarms.length > 0);
    expect(told.alarms[0]).toContain('it answered 410 Gone');
    await told.request(newNumber());
    await told.clock.advance(5_000);
    expect(told.receiver.types('/gone')).toHaveLength(1);
    await remove(gone.endpoint.id);

    const failing = await told.hears('/failing', { events });
    answering('/failing', 500);
    await told.request(newNumber());
    await told.moving('it fails', async () => (await find(failing.endpoint.id)).failingSince);
    await told.store
      .updateTable('webhook_endpoints')
      .set({ failing_since: told.clock.now() - 5 * DAY_MS + 1_000 })
      .where('id', '=', failing.endpoint.id)
      .execute();
    await told.clock.advance(1_000);
    await told.request(newNumber());
    await told.moving('it is disabled', async () => (await find(failing.endpoint.id)).disabled);
    await told.moving('the alarm', () => told.alarms.length > 1);
    expect(told.alarms).toHaveLength(2);
    expect(told.alarms[1]).toContain('nothing has arrived there for five days');
    told.receiver.answers.delete('/failing');
    await told.webhooks().endpoints.change({ id: failing.endpoint.id }, { enabled: true });
    await told.moving(
      'all that waited arrives',
      async () => {
        const { waiting } = await told.webhooks().deliveries.counts({ id: failing.endpoint.id });
        return waiting === 0 ? true : null;
      },
      500,
    );
    expect(await find(failing.endpoint.id)).toMatchObject({ disabled: null, failingSince: null });
    await remove(failing.endpoint.id);
  });

  it('leaves an address alone that was given while that of before answered 410', async () => {
    let held: ServerResponse | null = null;
    told.receiver.answers.set('/left', (res) => {
      held = res;
    });
    const { endpoint } = await told.hears('/left', { events });
    await told.request(newNumber());
    const answer = await told.moving('the attempt', () => held);
    await told.webhooks().endpoints.change({ id: endpoint.id }, { url: `${told.receiver.url}/right` });
    answer.writeHead(410).end();
    await told.moving('it failed', async () => ((await latest(endpoint.id)).attempts === 1 ? true : null));
    expect((await told.webhooks().endpoints.find({ id: endpoint.id })).disabled).toBeNull();
    await remove(endpoint.id);
  });

  it('tells an operator of one of a key’s webhooks, however many it loses', async () => {
    const before = told.alarms.length;
    answering('/flood', 410);
    const flood = [];
    for (let time = 0; time < 3; time++) {
      flood.push((await told.hears('/flood', { caller: 'key:flood', events })).endpoint.id);
    }
    await told.request(newNumber(), { caller: 'key:flood' });
    await told.moving('all are disabled', async () => {
      const list = await told.webhooks().endpoints.list('key:flood');
      return list.every(({ disabled }) => disabled !== null) ? true : null;
    });
    await told.moving('the alarm', () => told.alarms.length > before);
    expect(told.alarms).toHaveLength(before + 1);
    for (const id of flood) await remove(id);
  });

  it('masks what waits once numbers are no longer to be told whole', async () => {
    const { endpoint } = await told.hears('/whole', { events, fullNumbers: true });
    answering('/whole', 500);
    const number = newNumber();
    await told.request(number);
    const [whole] = await told.got(1, '/whole');
    await told.webhooks().endpoints.change({ id: endpoint.id }, { fullNumbers: false });
    told.receiver.answers.delete('/whole');
    await told.moving('the retry', () => idsAt('/whole').length > 1, 500);
    const [, masked] = await told.got(2, '/whole');
    expect(whole?.event.data.to).toBe(number);
    expect(masked?.event).toEqual({
      ...whole?.event,
      data: { ...whole?.event.data, to: expect.stringMatching(/^\+20\*+\d\d$/) },
    });
    await remove(endpoint.id);
  });

  it('keeps no more than so many, and tells an operator what is lost', async () => {
    const { endpoint } = await told.hears('/full', { events });
    const now = told.clock.now();
    const row = (type: string, status: 'waiting' | 'dead', index: number) => ({
      endpoint_id: endpoint.id,
      message_id: `msg_${type}${status}${index}`,
      type,
      body: '{}',
      event_at: now,
      wanted_at: now,
      status,
      attempts: 1,
      due_at: now + HOUR_MS,
    });
    const rows = (count: number, type: string, status: 'waiting' | 'dead') =>
      Array.from({ length: count }, (_, index) => row(type, status, index));
    const all = [
      ...rows(5, 'code.sent', 'waiting'),
      ...rows(5, 'code.sent', 'dead'),
      ...rows(60, 'webhook.test', 'dead'),
    ];
    await told.store.insertInto('webhook_deliveries').values(all).execute();
    const raised: Alarm[] = [];
    const alarms = { raise: async (alarm: Alarm) => void raised.push(alarm) };
    const tidied = async (ceilings: { waiting: number; dead: number }) => {
      await createTidying({ ...told, alarms, ceilings })();
      return await told.webhooks().deliveries.counts({ id: endpoint.id });
    };
    expect(await tidied({ waiting: 5, dead: 100 })).toEqual({ waiting: 5, arrived: 0, dead: 55 });
    expect(raised).toEqual([]);
    expect(await tidied({ waiting: 3, dead: 2 })).toEqual({ waiting: 3, arrived: 0, dead: 2 });
    expect(raised).toEqual([
      {
        kind: `webhook ${endpoint.id} full`,
        text: expect.stringContaining('the oldest events are lost'),
        everyMs: DAY_MS,
      },
    ]);
    const kept = await told.webhooks().deliveries.list({ id: endpoint.id }, 'waiting');
    expect(kept.map(({ id }) => id.at(-1))).toEqual(['4', '3', '2']);
    await remove(endpoint.id);
  });

  it('is tested ten times a minute at the most', async () => {
    const { endpoint } = await told.hears('/tests', { caller: 'key:tests', events });
    for (let time = 0; time < 10; time++) await told.webhooks().deliveries.test({ id: endpoint.id });
    await expect(told.webhooks().deliveries.test({ id: endpoint.id })).rejects.toMatchObject({
      code: 'rate_limited',
    });
    await remove(endpoint.id);
  });

  it('sends what an earlier run had in hand again, under the same id', async () => {
    const { endpoint } = await told.hears('/killed', { events });
    told.receiver.answers.set('/killed', () => {});
    await told.request(newNumber());
    await told.got(1, '/killed');
    told.receiver.answers.delete('/killed');
    await told.another();
    await told.got(2, '/killed');
    expect(new Set(idsAt('/killed')).size).toBe(1);
    await remove(endpoint.id);
  });

  it('keeps the last 50, with the test that somebody sent', async () => {
    const { endpoint } = await told.hears('/many', { events });
    for (let time = 0; time < 55; time++) await told.request(newNumber());
    await told.got(55, '/many');
    answering('/many', 500, {}, 'no <b>test</b>\n today');
    const test = await told.webhooks().deliveries.test({ id: endpoint.id });
    expect(test).toMatchObject({
      type: 'webhook.test',
      status: 'dead',
      lastAttempt: { httpStatus: 500, answer: 'no <b>test</b> today', problem: 'It answered 500.' },
    });
    await told.moving(
      'older ones are removed',
      async () => {
        const { arrived } = await told.webhooks().deliveries.counts({ id: endpoint.id });
        return arrived === 49 ? true : null;
      },
      5_000,
    );
    const kept = await told.webhooks().deliveries.list({ id: endpoint.id });
    expect(kept).toHaveLength(50);
    expect(kept[0]).toEqual(test);
    expect(JSON.stringify(kept)).not.toContain('jobId');
  });
});

it('what is masked stays as it is', () => {
  for (const to of ['+201001234567', 'abc@example.org', 'a@b.co', 'sara.omar@example.com']) {
    const masked = maskedBody(envelope('code.sent', 0, { jobId: 7, to }));
    expect(masked).not.toContain(to);
    expect(maskedBody(masked)).toBe(masked);
  }
});
