import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, createClient, type OtpError } from '../../packages/client/src/index.js';
import { openWorld, type World, wrong } from '../api/verifications.js';
import { API_KEY } from '../http/harness.js';
import { until } from '../support/until.js';

let world: World;
let otp: Client;
beforeAll(async () => {
  world = await openWorld('sqlite');
  // Less than the half minute between two sends, which is not to be waited for.
  otp = createClient({ url: world.gateway.url, apiKey: API_KEY, timeoutMs: 25_000 });
});
afterAll(() => world?.close());

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: OtpError) => error,
  );

it('sends a code under an idempotency key, and tells what became of it', async () => {
  const sent = await otp.send({ phoneNumber: '+201001234501', ttlSeconds: 120 });
  expect(sent).toMatchObject({ otp: '0042', jobId: 1 });
  await otp.send({ phoneNumber: '+201001234501' }, { idempotencyKey: 'order-17' });
  expect(world.gateway.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    'order-17',
  ]);
  expect(await failureOf(otp.status(4_711))).toMatchObject({ status: 404, code: 'job_not_found' });
  const { attempts } = await otp.verify.start({ to: '+201001234501' });
  const job = await otp.status(attempts[0]?.jobId ?? 0);
  expect(job).toMatchObject({ phoneNumber: '+201001234501', attempts: [{ channel: 'whatsapp' }] });
  const { jobs, nextCursor } = await otp.list({ phoneNumber: '+201001234501', status: job.status });
  expect([jobs.map(({ jobId }) => jobId), nextCursor]).toEqual([[job.jobId], null]);
  expect((await otp.list({ phoneNumber: '+201001234599' })).jobs).toEqual([]);
  expect(await failureOf(otp.cancel(4_711))).toMatchObject({ status: 404, code: 'job_not_found' });
});

it('a verification: started, checked, waited for', async () => {
  const to = '+201001234502';
  const { id, status } = await otp.verify.start({ to, client: 's_1', metadata: { order: '17' } });
  expect(status).toBe('pending');
  let last = '';
  const ended = otp.verify.wait(id, { onPending: (each) => (last = each.status) }).then((each) => {
    last = each.status;
    return each;
  });
  const code = await world.codeOn(to);
  expect(await otp.verify.check(id, wrong(code))).toEqual({
    id,
    status: 'pending',
    valid: false,
    checksLeft: 4,
  });
  expect(await otp.verify.check(id, code, { clientIp: '203.0.113.7' })).toEqual({
    id,
    status: 'approved',
    valid: true,
  });
  // The answer is held until somebody looks, a hundred milliseconds later.
  await until('the answer that was held', async () => {
    await world.gateway.clock.advance(1_000);
    return last === 'approved';
  });
  expect(await ended).toMatchObject({ id, status: 'approved', metadata: { order: '17' } });
  expect(await failureOf(otp.verify.check(id, code))).toMatchObject({ code: 'verification_not_found' });
  expect((await otp.verify.list({ to, status: 'approved' })).verifications.map((each) => each.id)).toEqual([
    id,
  ]);
});

it('and by contact, sent again, canceled', async () => {
  const asked = { to: '+201001234503', action: 'sign in', client: 's_2' };
  const { id } = await otp.verify.start(asked);
  const code = await world.codeOn(asked.to);
  expect(await failureOf(otp.verify.resend(id))).toMatchObject({
    status: 429,
    code: 'resend_too_soon',
    retryAfterSeconds: 30,
  });
  world.gateway.clock.step(31_000);
  expect(await otp.verify.resend(id, { channel: 'whatsapp' })).toMatchObject({ id, sendsLeft: 3 });
  expect(await otp.verify.checkByContact({ ...asked, code: wrong(code) })).toMatchObject({ valid: false });
  expect(await otp.verify.cancel(id)).toMatchObject({ status: 'canceled' });
  expect(await otp.verify.wait(id)).toMatchObject({ status: 'canceled' });
  expect(await otp.verify.get(id)).toMatchObject({ id, status: 'canceled' });
});

it('what is refused is told by its code', async () => {
  expect(await failureOf(otp.verify.start({ to: 'nobody' }))).toMatchObject({
    status: 400,
    code: 'fields_invalid',
    fields: [{ field: 'to', message: expect.any(String) }],
    requestId: expect.any(String),
  });
  const mistyped = { phone: '+201001234501' } as unknown as { phoneNumber: string };
  expect(await failureOf(otp.send(mistyped))).toMatchObject({
    code: 'phone_number_required',
    hint: expect.stringContaining('phoneNumber'),
  });
  const stranger = createClient({ url: `${world.gateway.url}/`, apiKey: 'another' });
  expect(await failureOf(stranger.verify.list())).toMatchObject({ status: 401, code: 'api_key_invalid' });
  expect(await failureOf(otp.verify.get('../otp/1'))).toMatchObject({ status: 404 });
  const away = createClient({ url: 'http://127.0.0.1:1', apiKey: 'key' });
  expect(await failureOf(away.verify.check('ver_1', '1'))).toMatchObject({
    code: 'network_failed',
    status: null,
  });
});
