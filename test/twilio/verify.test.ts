import { createServer, request as passOn } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../src/callers/caller.js';
import { attemptSid, sidsOf, verificationId } from '../../src/twilio/sids.js';
import { wrong } from '../api/verifications.js';
import { API_KEY } from '../http/harness.js';
import { DATABASES } from '../support/databases.js';
import { ACCOUNT, KEY_SID, openTwilioWorld, SERVICE, type TwilioWorld } from './world.js';

const NOT_FOUND = {
  status: 404,
  code: 20404,
  message: `The requested resource /Services/${SERVICE}/VerificationCheck was not found`,
};

describe.each(DATABASES)('Twilio’s client on %s', (kind) => {
  let world: TwilioWorld;
  beforeAll(async () => {
    world = await openTwilioWorld(kind);
  });
  afterAll(() => world.close());

  const service = () => world.client.verify.v2.services(SERVICE);
  const start = (to: string, also: object = {}) =>
    service().verifications.create({ to, channel: 'whatsapp', ...also });
  const check = (to: string, code: string) => service().verificationChecks.create({ to, code });

  it('starts, reads the handset, checks, and the code is used up', async () => {
    const to = world.person();
    const started = await start(to);
    expect(started).toMatchObject({
      sid: expect.stringMatching(/^VE[0-9a-f]{32}$/),
      serviceSid: SERVICE,
      accountSid: ACCOUNT,
      to,
      channel: 'whatsapp',
      status: 'pending',
      valid: false,
      lookup: {},
      amount: null,
      payee: null,
      sna: null,
    });
    expect(started.dateCreated).toBeInstanceOf(Date);
    expect(started.dateUpdated).toBeInstanceOf(Date);
    expect(started.url).toMatch(new RegExp(`/v2/Services/${SERVICE}/Verifications/${started.sid}$`));
    expect(started.sendCodeAttempts).toEqual([
      {
        attempt_sid: attemptSid(verificationId(started.sid) ?? '', 1),
        channel: 'whatsapp',
        time: expect.any(String),
      },
    ]);
    const code = await world.codeOn(to);
    expect(await check(to, wrong(code))).toMatchObject({ status: 'pending', valid: false, sid: started.sid });
    const checked = await check(to, code);
    expect(checked).toMatchObject({
      status: 'approved',
      valid: true,
      sid: started.sid,
      snaAttemptsErrorCodes: [],
    });
    await expect(check(to, code)).rejects.toMatchObject(NOT_FOUND);
    await expect(
      service().verificationChecks.create({ verificationSid: started.sid, code }),
    ).rejects.toMatchObject(NOT_FOUND);
    // What was approved can be fetched for a minute.
    expect(await service().verifications(started.sid).fetch()).toMatchObject({
      status: 'approved',
      valid: true,
    });
    world.gateway.clock.step(60_000);
    await expect(service().verifications(started.sid).fetch()).rejects.toMatchObject({
      status: 404,
      code: 20404,
    });
  });

  it('takes five wrong codes', async () => {
    const to = world.person();
    await start(to);
    const code = await world.codeOn(to);
    for (let tries = 0; tries < 5; tries++) await check(to, wrong(code));
    await expect(check(to, code)).rejects.toMatchObject({
      status: 429,
      code: 60202,
      message: 'Max check attempts reached',
      moreInfo: 'https://www.twilio.com/docs/errors/60202',
    });
    world.rest();
    await expect(start(to)).rejects.toMatchObject({ status: 429, code: 60202 });
  });

  it('sends the same code under one sid, five times', async () => {
    const to = world.person();
    const sids = new Set<string>();
    const codes = new Set<string>();
    for (let sends = 1; sends <= 5; sends++) {
      const { sid, sendCodeAttempts } = await start(to);
      sids.add(sid);
      codes.add(await world.codeOn(to, sends));
      expect(sendCodeAttempts).toHaveLength(sends);
      await world.settled();
      if (sends === 1) {
        await expect(start(to)).rejects.toMatchObject({ status: 429, code: 20429 });
        const { headers, body } = await world.form('POST', `/Services/${SERVICE}/Verifications`, {
          To: to,
          Channel: 'whatsapp',
        });
        expect(Object.keys(body)).toEqual(['code', 'message', 'more_info', 'status', 'retryAfterSeconds']);
        expect([Number(headers.get('retry-after')), body.retryAfterSeconds]).toEqual([30, 30]);
      }
      world.rest();
    }
    expect([sids.size, codes.size]).toEqual([1, 1]);
    await expect(start(to)).rejects.toMatchObject({
      status: 429,
      code: 60203,
      message: 'Max send attempts reached',
    });
    const [sid = ''] = sids;
    expect((await service().verifications(sid).fetch()).sendCodeAttempts).toHaveLength(5);
  });

  it('cancels, by sid and by number; the next start has another code', async () => {
    const to = world.person();
    const first = await start(to, { customCode: '111111' });
    const canceled = await service().verifications(first.sid).update({ status: 'canceled' });
    expect(canceled).toMatchObject({ status: 'canceled', valid: false });
    await expect(service().verifications(first.sid).update({ status: 'approved' })).rejects.toMatchObject({
      code: 20404,
    });
    await world.settled();
    const second = await start(to);
    expect(second.sid).not.toBe(first.sid);
    expect(await world.codeOn(to, 2)).not.toBe('111111');
    expect((await service().verifications(to).fetch()).sid).toBe(second.sid);
    expect(await service().verifications(to).update({ status: 'canceled' })).toMatchObject({
      status: 'canceled',
    });
    await expect(service().verifications(to).fetch()).rejects.toMatchObject({ code: 20404 });
  });

  it('brings its own code, another one on the next start, and reports what came back', async () => {
    const to = world.person();
    const { sid } = await start(to, { customCode: '4711' });
    expect(await world.codeOn(to)).toBe('4711');
    await world.settled();
    world.rest();
    expect((await start(to, { customCode: '815015' })).sid).toBe(sid);
    expect(await world.codeOn(to, 2)).toBe('815015');
    expect(await check(to, '4711')).toMatchObject({ valid: false });
    expect(await service().verifications(sid).update({ status: 'approved' })).toMatchObject({
      status: 'approved',
      valid: true,
    });
    await expect(check(to, '815015')).rejects.toMatchObject(NOT_FOUND);
  });

  it('of starts at once for one number one is taken', async () => {
    const to = world.person();
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => start(to)));
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
    // In one turn of the process 60212; one that had ended by then is too soon.
    expect(refused).toHaveLength(7);
    expect(refused.every((code) => code === 60212 || code === 20429)).toBe(true);
    expect(world.messagesTo(to).length).toBeLessThanOrEqual(1);
  });

  it('has a summary of its own sends', async () => {
    const other = await world.gateway.callers.keys.create(
      {
        name: 'shop',
        scopes: ['verify'],
        allowedIps: null,
        limits: ENVIRONMENT.limits,
        expiresAt: null,
        returnUrls: null,
      },
      { actor: 'test', address: '127.0.0.1' },
    );
    const own = sidsOf(`key:${other.id}`);
    const client = world.clientAs(own.key, other.key, { accountSid: own.account });
    const to = world.person();
    await client.verify.v2.services(own.service).verifications.create({ to, channel: 'whatsapp' });
    const code = await world.codeOn(to);
    await client.verify.v2.services(own.service).verificationChecks.create({ to, code });
    await client.verify.v2
      .services(own.service)
      .verifications.create({ to: world.person(), channel: 'whatsapp' });
    const summary = await client.verify.v2.verificationAttemptsSummary().fetch();
    expect(summary).toMatchObject({
      totalAttempts: 2,
      totalConverted: 1,
      totalUnconverted: 1,
      conversionRatePercentage: '50',
    });
    const later = { dateCreatedAfter: new Date(world.gateway.clock.now() + 1_000) };
    expect(await client.verify.v2.verificationAttemptsSummary().fetch(later)).toMatchObject({
      totalAttempts: 0,
    });
    // Neither account sees what is the other's.
    const elsewhere = client.verify.v2.services(SERVICE).verifications;
    await expect(elsewhere.create({ to, channel: 'whatsapp' })).rejects.toMatchObject({
      status: 404,
      code: 20404,
    });
    expect((await client.verify.v2.services.list()).map(({ sid }) => sid)).toEqual([own.service]);
  });
});

describe('Twilio’s client', () => {
  let world: TwilioWorld;
  beforeAll(async () => {
    world = await openTwilioWorld('sqlite');
  });
  afterAll(() => world.close());

  it.each([
    ['no key', () => world.clientAs(ACCOUNT, 'wrong')],
    ['another account', () => world.clientAs(sidsOf('key:abcdefgh').account, API_KEY)],
    ['another key sid', () => world.clientAs(sidsOf('key:abcdefgh').key, API_KEY, { accountSid: ACCOUNT })],
  ])('is refused with %s', async (_, clientOf) => {
    const refused = clientOf()
      .verify.v2.services(SERVICE)
      .verifications.create({ to: world.person(), channel: 'sms' });
    await expect(refused).rejects.toMatchObject({
      status: 401,
      code: 20003,
      message: 'Authenticate',
      moreInfo: 'https://www.twilio.com/docs/errors/20003',
    });
  });

  it('lists the service with any account that is well formed', async () => {
    const client = world.clientAs(`AC${'0'.repeat(32)}`, API_KEY);
    const [listed] = await client.verify.v2.services.list();
    expect(listed).toMatchObject({
      sid: SERVICE,
      accountSid: ACCOUNT,
      friendlyName: 'Acme',
      codeLength: 6,
      customCodeEnabled: true,
    });
    expect(listed?.links).toHaveProperty('verification_checks');
    await expect(client.verify.v2.services(SERVICE).fetch()).rejects.toMatchObject({ code: 20003 });
    expect((await world.client.verify.v2.services(SERVICE).fetch()).sid).toBe(SERVICE);
  });

  it('works with the sid of a key, and below the path of a proxy', async () => {
    const proxy = createServer((req, res) => {
      const { hostname, port } = new URL(world.gateway.url);
      const path = (req.url ?? '').replace('/behind/it', '');
      const { method = 'GET', headers } = req;
      req.pipe(
        passOn({ hostname, port, path, method, headers }, (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(res);
        }),
      );
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/behind/it`;
    const client = world.clientAs(KEY_SID, API_KEY, { accountSid: ACCOUNT, baseUrl });
    const to = world.person();
    await client.verify.v2.services(SERVICE).verifications.create({ to, channel: 'auto' });
    const code = await world.codeOn(to);
    const checked = await client.verify.v2.services(SERVICE).verificationChecks.create({ to, code });
    proxy.closeAllConnections();
    proxy.close();
    expect(checked.status).toBe('approved');
  });
});
