import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cleanUpCodes } from '../../src/otp/verifications/code-rows.js';
import { DATABASES } from '../support/databases.js';
import { until } from '../support/until.js';
import { OMAR, openWorld, SARA, type World, wrong } from './verifications.js';

const DAY_MS = 24 * 60 * 60_000;
const NONE = 'ver_aaaaaaaaaaaaaaaaaaaaaa';
const NOT_FOUND = { status: 404, body: { code: 'verification_not_found' } };

describe.each(DATABASES)('a verification on %s', (kind) => {
  let world: World;
  let clients = 0;
  beforeAll(async () => {
    world = await openWorld(kind);
  });
  afterAll(() => world.close());
  afterEach(async () => {
    await until('nothing is under way', async () => {
      const open = world.gateway.store.selectFrom('jobs').select('id');
      const left = await open.where('status', 'in', ['pending', 'processing']).execute();
      return left.length === 0;
    });
    world.gateway.sender.written.splice(0);
  });

  /** Of another session of the app: nothing that another test has started is in the way. */
  const fresh = () => ({ client: `s_${++clients}` });
  const pass = (ms: number) => world.gateway.clock.step(ms);
  const rowOf = (id: string) =>
    world.gateway.store.selectFrom('codes').selectAll().where('id', '=', id).executeTakeFirst();

  it('answers as documented, without the code, which is on the handset', async () => {
    const order = {
      ...fresh(),
      route: ['whatsapp'],
      locale: 'ar',
      action: 'sign in',
      metadata: { order: '17' },
    };
    const { status, body, text } = await world.start(order);
    const iso = (ms: number) => new Date(world.gateway.clock.now() + ms).toISOString();
    expect([status, Object.keys(body)]).toEqual([
      201,
      [
        ...['id', 'to', 'status', 'channel', 'route', 'createdAt', 'expiresAt', 'checksLeft', 'sendsLeft'],
        ...['canResendAt', 'nextStepAt', 'pageUrl', 'userFirst', 'attempts', 'metadata'],
      ],
    ]);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^ver_[\w-]{22}$/),
      to: SARA,
      status: 'pending',
      channel: 'whatsapp',
      route: ['whatsapp'],
      createdAt: iso(0),
      expiresAt: iso(600_000),
      checksLeft: 5,
      sendsLeft: 4,
      canResendAt: iso(30_000),
      nextStepAt: null,
      pageUrl: expect.stringMatching(/^https:\/\/otp\.example\.com\/v\/[\w-]{44}$/),
      userFirst: null,
      attempts: [
        { jobId: expect.any(Number), channel: 'whatsapp', deliveredAt: null, readAt: null, error: null },
      ],
      metadata: { order: '17' },
    });
    const code = await world.codeOn(SARA);
    expect(code).toMatch(/^\d{6}$/);
    const sent = await until('it is sent', async () => {
      const answer = await world.get(`/${body.id}`);
      return answer.text.includes('"status":"sent"') ? answer : undefined;
    });
    const list = await world.get('?limit=1');
    for (const each of [text, sent.text, list.text]) expect(each).not.toContain(code);
    expect((await rowOf(body.id))?.code).not.toContain(code);
  });

  it('is approved once by the right code, and then not found by further checks', async () => {
    const { body } = await world.start({ ...fresh(), codeLength: 8 });
    const code = await world.codeOn(SARA);
    expect(code).toMatch(/^\d{8}$/);
    const first = await world.check(body.id, ` ${code.slice(0, 4)}-${code.slice(4)} `);
    expect([first.status, first.body]).toEqual([200, { id: body.id, status: 'approved', valid: true }]);
    expect(await world.check(body.id, code)).toMatchObject(NOT_FOUND);
    expect(await world.post(`/${body.id}/resend`)).toMatchObject(NOT_FOUND);
    expect(await world.post(`/${body.id}/cancel`)).toMatchObject(NOT_FOUND);
    expect((await world.get(`/${body.id}`)).body).toMatchObject({ status: 'approved', canResendAt: null });
    expect(await rowOf(body.id)).toMatchObject({ code: null, slot: null });
  });

  it('counts as started and, once, as approved; wrong checks as wrong checks', async () => {
    const { gateway } = world;
    const counted = async () => {
      const rows = await gateway.store
        .selectFrom('conversions')
        .select(({ fn }) => [fn.sum('started').as('started'), fn.sum('approved').as('approved')])
        .where('channel', '=', 'whatsapp')
        .executeTakeFirstOrThrow();
      return [Number(rows.started), Number(rows.approved)];
    };
    const [started = 0, approved = 0] = await counted();
    const { checks } = await gateway.floods.lastDay();
    const { body } = await world.start(fresh());
    expect(await counted()).toEqual([started + 1, approved]);
    const code = await world.codeOn(SARA);
    await world.check(body.id, wrong(code));
    await Promise.all([world.check(body.id, code), world.check(body.id, code)]);
    expect(await counted()).toEqual([started + 1, approved + 1]);
    expect((await gateway.floods.lastDay()).checks).toBe(checks + 1);
  });

  it('takes five wrong checks; the sixth, and starting the same again, is 429 until its end', async () => {
    const client = fresh();
    const { body } = await world.start(client);
    const code = await world.codeOn(SARA);
    for (const checksLeft of [4, 3, 2, 1, 0]) {
      const { status, body: answer } = await world.check(body.id, wrong(code));
      expect([status, answer]).toEqual([200, { id: body.id, status: 'pending', valid: false, checksLeft }]);
    }
    const sixth = await world.check(body.id, code);
    expect(sixth).toMatchObject({ status: 429, body: { code: 'max_checks_reached' } });
    expect(sixth.headers.get('retry-after')).toBe('600');
    expect(await world.start(client)).toMatchObject({ status: 429, body: { code: 'max_checks_reached' } });
    expect(await world.post(`/${body.id}/resend`)).toMatchObject({ body: { code: 'max_checks_reached' } });
    expect((await world.get(`/${body.id}`)).body).toMatchObject({ status: 'max_checks', checksLeft: 0 });
    // A stranger's wrong checks are his own.
    expect(await world.start(fresh())).toMatchObject({ status: 201 });
    pass(600_000);
    expect(await world.check(body.id, code)).toMatchObject(NOT_FOUND);
    const next = await world.start(client);
    expect([next.status, next.body.id === body.id]).toEqual([201, false]);
  });

  it('sends the same code again, five times at most and 30 s apart', async () => {
    const { body } = await world.start(fresh());
    const code = await world.codeOn(SARA);
    const resend = () => world.post(`/${body.id}/resend`);
    const tooSoon = await resend();
    expect(tooSoon).toMatchObject({ status: 429, body: { code: 'resend_too_soon' } });
    expect(tooSoon.headers.get('retry-after')).toBe('30');
    /** One that is still in hand is not sent twice. */
    const sent = () =>
      until('the last one is sent', async () => {
        const { attempts } = (await world.get(`/${body.id}`)).body;
        return Array.isArray(attempts) && attempts.at(-1)?.status === 'sent';
      });
    for (const sendsLeft of [3, 2, 1, 0]) {
      await sent();
      pass(30_000);
      const { status, body: answer } = await resend();
      expect([status, answer.sendsLeft]).toEqual([200, sendsLeft]);
      expect(answer.attempts).toHaveLength(5 - sendsLeft);
    }
    expect(await world.codeOn(SARA, 5)).toBe(code);
    pass(30_000);
    expect(await resend()).toMatchObject({ status: 429, body: { code: 'max_sends_reached' } });
    expect((await world.check(body.id, code)).body).toMatchObject({ valid: true });
  });

  it('started again by the same four is the same one, and another send; by others it is another one', async () => {
    const same = { ...fresh(), action: 'sign in' };
    const first = await world.start(same);
    const code = await world.codeOn(SARA);
    expect(await world.start(same)).toMatchObject({ status: 429, body: { code: 'resend_too_soon' } });
    pass(30_000);
    const again = await world.start(same);
    expect(again).toMatchObject({ status: 201, body: { id: first.body.id, sendsLeft: 3 } });
    expect(again.body.attempts).toHaveLength(2);
    expect(await world.codeOn(SARA, 2)).toBe(code);
    for (const other of [{ ...same, action: 'pay' }, { action: same.action }, { ...same, to: OMAR }]) {
      const { status, body } = await world.start(other);
      expect([status, body.id === first.body.id]).toEqual([201, false]);
    }
    // What the others have started supersedes nothing.
    expect((await world.get(`/${first.body.id}`)).text).not.toContain('superseded');
    const wrongClient = { to: SARA, code, client: 'somebody else', action: 'sign in' };
    expect(await world.post('/check', wrongClient)).toMatchObject(NOT_FOUND);
    const right = await world.post('/check', { ...wrongClient, client: same.client });
    expect(right.body).toEqual({ id: first.body.id, status: 'approved', valid: true });
  });

  it('is canceled once, and nothing more goes out', async () => {
    const { body } = await world.start(fresh());
    const code = await world.codeOn(SARA);
    for (const time of [1, 2]) {
      expect([time, await world.post(`/${body.id}/cancel`)]).toMatchObject([
        time,
        { status: 200, body: { id: body.id, status: 'canceled' } },
      ]);
    }
    expect(await world.check(body.id, code)).toMatchObject(NOT_FOUND);
    expect((await rowOf(body.id))?.code).toBeNull();
  });

  it('expires by the clock, can be seen for a day, and is gone then', async () => {
    const { body } = await world.start({ ...fresh(), ttlSeconds: 60 });
    const code = await world.codeOn(SARA);
    pass(60_000);
    expect(await world.check(body.id, code)).toMatchObject(NOT_FOUND);
    expect((await world.get(`/${body.id}`)).body).toMatchObject({ status: 'expired', canResendAt: null });
    expect((await world.get('?status=expired&limit=100')).text).toContain(body.id);
    await cleanUpCodes(world.gateway.store, world.gateway.clock.now());
    expect(await rowOf(body.id)).toMatchObject({ status: 'expired', code: null, slot: null });
    pass(DAY_MS - 1);
    expect(await world.get(`/${body.id}`)).toMatchObject({ status: 200 });
    pass(1);
    expect(await world.get(`/${body.id}`)).toMatchObject(NOT_FOUND);
    await cleanUpCodes(world.gateway.store, world.gateway.clock.now());
    expect(await rowOf(body.id)).toBeUndefined();
  });

  it('is over when the clock is set back behind its beginning', async () => {
    const { body } = await world.start(fresh());
    const code = await world.codeOn(SARA);
    pass(-10_000);
    expect((await world.get(`/${body.id}`)).body.status).toBe('pending');
    pass(-2 * DAY_MS);
    expect((await world.get(`/${body.id}`)).body.status).toBe('expired');
    expect(await world.check(body.id, code)).toMatchObject(NOT_FOUND);
    pass(2 * DAY_MS + 10_000);
  });

  /** Holds a request, and lets time pass until it is answered. */
  async function held(id: string, act: () => Promise<unknown>, stepMs = 200) {
    let answer: Awaited<ReturnType<World['get']>> | undefined;
    let passedMs = 0;
    const waiting = world.get(`/${id}?wait=25`).then((given) => {
      answer = given;
    });
    await act();
    await until('it is answered', async () => {
      if (answer === undefined) {
        passedMs += stepMs;
        await world.gateway.clock.advance(stepMs);
      }
      return answer;
    });
    await waiting;
    return { status: answer?.status, body: answer?.body, passedMs };
  }
  const isSent = (id: string) =>
    until(
      'it is sent',
      async () => (await world.get(`/${id}`)).text.includes('"status":"sent"') || undefined,
    );

  it('is held by ?wait until something changes', async () => {
    const { id } = (await world.start(fresh())).body;
    const code = await world.codeOn(SARA);
    await isSent(id);
    const tried = await held(id, () => world.check(id, wrong(code)));
    expect(tried.body).toMatchObject({ status: 'pending', checksLeft: 4 });
    const ended = await held(id, () => world.check(id, code));
    expect(ended.body).toMatchObject({ status: 'approved' });
    // Nothing will change any more.
    expect((await world.get(`/${id}?wait=25`)).body.status).toBe('approved');
  });

  it('is held until its message arrives, and for 25 s at most', async () => {
    const { sender } = world.gateway;
    const { id } = (await world.start(fresh())).body;
    await world.codeOn(SARA);
    await isSent(id);
    const delivered = await held(id, async () => {
      const { messageId } = sender.written.at(-1) ?? { messageId: '' };
      sender.report({ messageId, kind: 'delivered', at: world.gateway.clock.now() });
    });
    expect(delivered.body).toMatchObject({ attempts: [{ deliveredAt: expect.any(String) }] });
    const { status, passedMs } = await held(id, async () => {}, 12_500);
    expect(status).toBe(200);
    expect(passedMs).toBeGreaterThanOrEqual(25_000);
    expect(passedMs).toBeLessThanOrEqual(37_500);
  });

  it('is listed for its caller alone, page by page, the newest first', async () => {
    const { clock, callers } = world.gateway;
    const by = { actor: 'test', address: '192.0.2.7' };
    const order = { allowedIps: null, expiresAt: null, returnUrls: null };
    const limits = {
      perMinute: null,
      codesPerMinute: null,
      codesPerHour: null,
      perDay: null,
      perCountry: null,
    };
    const keyOf = async (scopes: ('verify' | 'otp:send')[]) =>
      (await callers.keys.create({ name: 'shop', scopes, limits, ...order }, by)).key;
    const [shop, sender] = [await keyOf(['verify']), await keyOf(['otp:send'])];
    const own = { 'X-API-KEY': shop };
    const ids: string[] = [];
    for (const to of [SARA, OMAR, SARA]) {
      ids.unshift((await world.start({ ...fresh(), to }, own)).body.id);
      clock.step(1);
    }
    const first = await world.get('?limit=2', own);
    const shownIds = ({ body }: typeof first) => (body.verifications as { id: string }[]).map(({ id }) => id);
    expect(shownIds(first)).toEqual(ids.slice(0, 2));
    await world.start({ ...fresh() }, own);
    const second = await world.get(`?limit=2&cursor=${first.body.nextCursor}`, own);
    expect([shownIds(second), second.body.nextCursor]).toEqual([ids.slice(2), null]);
    expect(shownIds(await world.get(`?to=${encodeURIComponent(OMAR)}`, own))).toEqual([ids[1]]);
    await world.post(`/${ids[0]}/cancel`, undefined, own);
    expect(shownIds(await world.get('?status=canceled', own))).toEqual([ids[0]]);

    expect((await world.get('?limit=100')).text).not.toContain(ids[1]);
    expect(await world.get(`/${ids[1]}`)).toMatchObject(NOT_FOUND);
    expect(await world.post(`/${ids[1]}/check`, { code: '123456' })).toMatchObject(NOT_FOUND);
    expect(await world.get('', { 'X-API-KEY': sender })).toMatchObject({ status: 403 });
    expect(await world.get('', { 'X-API-KEY': 'wrong' })).toMatchObject({ status: 401 });
  });

  it('is made once under an idempotency key, with one answer', async () => {
    const order = { ...fresh(), metadata: { order: '17' } };
    const once = { 'Idempotency-Key': `key-${kind}` };
    const first = await world.start(order, once);
    await world.codeOn(SARA);
    const again = await world.start(order, once);
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(world.messagesTo(SARA)).toHaveLength(1);
    expect(await world.start({ ...order, codeLength: 4 }, once)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect(await world.start(order, { 'Idempotency-Key': 'ü' })).toMatchObject({ status: 400 });
    const inParallel = { 'Idempotency-Key': `parallel-${kind}` };
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.start(order, inParallel)));
    expect(answers.every(({ status }) => [201, 409, 429].includes(status))).toBe(true);
  });

  it('approves one of 50 right checks at once, and counts 200 wrong ones as 200', async () => {
    const { body } = await world.start(fresh());
    const code = await world.codeOn(SARA);
    const right = await Promise.all(Array.from({ length: 50 }, () => world.check(body.id, code)));
    expect(right.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(right.filter(({ status }) => status === 404)).toHaveLength(49);

    const other = await world.start({ ...fresh(), to: OMAR });
    const itsCode = await world.codeOn(OMAR);
    const tries = await Promise.all(
      Array.from({ length: 200 }, () => world.check(other.body.id, wrong(itsCode))),
    );
    const left = tries.filter(({ status }) => status === 200).map(({ body }) => body.checksLeft);
    expect(left.sort()).toEqual([0, 1, 2, 3, 4]);
    expect(tries.filter(({ status }) => status === 429)).toHaveLength(195);
    expect(await world.check(other.body.id, itsCode)).toMatchObject({ status: 429 });
  });

  it('started 20 times at once is one, with one message', async () => {
    const client = fresh();
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.start(client)));
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body.id);
    expect(new Set(made).size).toBe(1);
    const others = answers.filter(({ status }) => status !== 201);
    expect(others.every(({ body }) => body.code === 'resend_too_soon')).toBe(true);
    await world.codeOn(SARA);
    expect(world.messagesTo(SARA)).toHaveLength(1);
  });

  it('is not found where there is none', async () => {
    for (const id of [NONE, 'ver_1', '%00', 'a'.repeat(2_000)]) {
      expect(await world.get(`/${id}`)).toMatchObject(NOT_FOUND);
      expect(await world.check(id, '123456')).toMatchObject(NOT_FOUND);
    }
    expect(await world.post('/check', { to: '+201009999999', code: '123456' })).toMatchObject(NOT_FOUND);
  });
});
