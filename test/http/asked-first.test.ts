import { afterEach, describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { reach } from '../support/reach.js';
import { until } from '../support/until.js';
import { workOf } from '../support/work.js';
import { type Gateway, startGateway } from './harness.js';
import { addUsers, user } from './users.js';

const [COLD, WARM, NOBODY] = ['+6281234567890', '+6281234567891', '+6281234567892'];
const NUMBER = '+15550000000';
const DAY_MS = 24 * 60 * 60_000;

let gateway: Gateway;

async function post(path: string, body: object) {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What an answer shows, and what it cost, without what differs for everybody. */
async function faceOf(path: string, body: object) {
  let answer: Awaited<ReturnType<typeof post>> | undefined;
  const work = await workOf(async () => {
    answer = await post(path, body);
  });
  const text = JSON.stringify(answer?.body)
    .replaceAll(/[A-Z0-9]{5}-[A-Z0-9]{5}/g, 'TOKEN')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
  const headers = ['retry-after', 'content-type'].map((name) => answer?.headers.get(name));
  return { status: answer?.status, text, headers, work };
}

/** Restricts the sender: only people within reach can be written to. */
async function restrict(): Promise<void> {
  await reach(gateway.store, gateway.clock.now(), WARM);
  gateway.sender.set({ state: 'RESTRICTED', restrictedUntil: gateway.clock.now() + DAY_MS });
}

const texts = (to: string) => gateway.sender.written.filter(({ recipient }) => recipient === to);

async function textTo(phone: string, nth = 0): Promise<string> {
  const message = await until(`a text to ${phone}`, async () => {
    await gateway.clock.advance(1_000);
    return texts(phone)[nth];
  });
  return /\d{4,}/.exec(message?.text ?? '')?.[0] ?? '';
}

/** The person has written, and the code goes out as the answer. */
async function codeFromTheChat(contact: string): Promise<string> {
  const { id } = await gateway.store
    .selectFrom('codes')
    .select('id')
    .where('contact', '=', contact)
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow();
  const before = texts(contact).length;
  await reach(gateway.store, gateway.clock.now(), contact);
  expect(await gateway.replyTo(id)).toMatchObject({ kind: 'sent' });
  return await textTo(contact, before);
}

describe.each(DATABASES)('while a restriction keeps codes from going out, on %s', (databaseKind) => {
  const open = async (strict: boolean) => {
    gateway = await startGateway({ databaseKind, strict, asksFirst: true, sends: true });
    const people = [COLD, WARM].map((phone) =>
      user({ id: `id${phone}`, contract: 'phone', phone, email: null }),
    );
    await addUsers(gateway, ...people);
    await restrict();
  };
  afterEach(() => gateway.close());

  const forgot = async () => {
    const faces = [];
    for (const phone of [COLD, WARM, NOBODY]) faces.push(await faceOf('/account/forgot', { phone }));
    expect(faces[0]).toMatchObject({ status: 200, text: expect.stringContaining(`"number":"${NUMBER}"`) });
    expect(faces[1]).toEqual(faces[0]);
    expect(faces[2]).toEqual(faces[0]);
    for (const [phone, code] of [
      [WARM, await textTo(WARM)],
      [COLD, await codeFromTheChat(COLD)],
    ]) {
      const reset = { phone, code, newPassword: 'four wet boots' };
      expect((await post('/account/reset', reset)).status).toBe(200);
    }
    expect(texts(NOBODY)).toEqual([]);
    expect(texts(COLD)).toHaveLength(1);
  };

  it('strict: known or not, within reach or not, a sign-in is answered alike, and the code is good', async () => {
    await open(true);
    const faces = [];
    for (const phoneNumber of [COLD, WARM, NOBODY])
      faces.push(await faceOf('/api/users/login', { phoneNumber }));
    expect(faces[0]).toMatchObject({ status: 200, text: expect.stringContaining(`"number":"${NUMBER}"`) });
    expect(faces[1]).toEqual(faces[0]);
    expect(faces[2]).toEqual(faces[0]);
    for (const [phoneNumber, otp] of [
      [WARM, await textTo(WARM)],
      [COLD, await codeFromTheChat(COLD)],
    ]) {
      const verified = await post('/api/otp/verify', { phoneNumber, otp, mode: 'login' });
      expect([phoneNumber, verified.status]).toEqual([phoneNumber, 200]);
    }
    expect(texts(NOBODY)).toEqual([]);
    expect(texts(COLD)).toHaveLength(1);
  });

  it('strict: a forgotten password is', async () => {
    await open(true);
    await forgot();
  });

  it('documented: a refusal leads on to the door that takes the code', async () => {
    await open(false);
    const who = { firstName: 'Asha', lastName: 'Rao', email: 'asha@example.com', phone: NOBODY };
    const started = await post('/api/auth/register/start', who);
    const { userId } = (started.body as { data: { userId: string } }).data;
    expect([started.status, started.body]).toEqual([
      503,
      {
        success: false,
        message: expect.any(String),
        code: 'sender_restricted',
        retryAfterSeconds: Number(started.headers.get('retry-after')),
        data: { userId: expect.any(String), email: who.email },
        registration: userId,
        userFirst: { link: expect.any(String), number: NUMBER, text: expect.any(String) },
      },
    ]);
    expect(started.headers.get('set-cookie')).toContain('otp_client=');
    const otp = await codeFromTheChat(NOBODY);
    expect((await post('/api/auth/register/verify-otp', { userId, otp })).status).toBe(200);
    const password = 'four wet boots';
    expect((await post('/api/auth/register/complete', { userId, password })).status).toBe(200);

    await gateway.store.deleteFrom('recipients').execute();
    await gateway.clock.advance(120_000);
    const login = await post('/api/auth/login', { email: who.email, password });
    expect([login.status, login.body]).toMatchObject([
      503,
      {
        code: 'sender_restricted',
        data: { twoFaRequired: true, userId },
        challenge: expect.any(String),
        userFirst: { number: NUMBER },
      },
    ]);
    const second = { userId, otp: await codeFromTheChat(NOBODY) };
    expect((await post('/api/auth/login/verify-otp', second)).status).toBe(200);
  });

  it('documented: a sign-in with a code says which challenge is kept, and pushes within reach', async () => {
    await open(false);
    const [cold, warm] = [COLD, WARM].map((phoneNumber) => post('/api/users/login', { phoneNumber }));
    expect(await warm).toMatchObject({ status: 200, body: { challenge: expect.any(String) } });
    const refused = {
      code: 'sender_restricted',
      challenge: expect.any(String),
      userFirst: { number: NUMBER },
    };
    expect(await cold).toMatchObject({ status: 503, body: refused });
    const given = { phoneNumber: COLD, otp: await codeFromTheChat(COLD), mode: 'login' };
    expect((await post('/api/otp/verify', given)).status).toBe(200);
  });

  it('documented: a forgotten password is, too', async () => {
    await open(false);
    await forgot();
  });
});
