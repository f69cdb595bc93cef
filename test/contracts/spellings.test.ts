import { expect, it, vi } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { openDatabase } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { GATEWAY } from '../support/product.js';
import { expectRetryAfter, newEmail, newPhone, onBothDatabases, type Product, textAt } from './harness.js';
import { PASSWORD, signUps } from './people.js';

const DAY_MS = 24 * 60 * 60_000;

/** A mobile in São Paulo: as people write it now, and as WhatsApp calls it. */
function newSpellings() {
  const digits = newPhone().slice(-8);
  return { nine: `+55119${digits}`, eight: `+5511${digits}` };
}

/** The store of the running product, as it is on disk. */
async function inStore<T>({ env }: Product, act: (store: Store) => Promise<T>): Promise<T> {
  const database = await openDatabase(loadConfig({ environment: env, envFile: null }).database);
  try {
    return await act(database.store);
  } finally {
    await database.close();
  }
}

const usersOf = (product: Product, ...phones: string[]) =>
  inStore(product, (store) =>
    store.selectFrom('users').select(['id', 'phone', 'name']).where('phone', 'in', phones).execute(),
  );

/** Gateway's code; resolves with the job as it is then. */
async function send(product: Product, phoneNumber: string) {
  const headers = { 'x-api-key': product.env.API_KEY ?? '' };
  const { status, body } = await product.post('/api/v1/otp/send', { phoneNumber }, { headers });
  const job = async () => (await product.get(`/api/v1/otp/${Number(body.jobId)}`, headers)).body;
  return { status, code: body.code, job };
}

async function arrived({ job }: Awaited<ReturnType<typeof send>>): Promise<void> {
  await vi.waitFor(async () => expect(await job()).toMatchObject({ deliveredAt: expect.any(String) }), {
    timeout: 20_000,
    interval: 50,
  });
}

onBothDatabases({}, (product) => {
  /** Through the phone contract. */
  async function register(phone: string, readAt = phone, name = 'Asha') {
    await product().post('/api/users/register', { phoneNumber: phone, name });
    const otp = await product().codeFor(readAt);
    return await product().post('/api/otp/verify', { phoneNumber: phone, otp, mode: 'register' });
  }
  async function login(phone: string, readAt = phone, verifyAs = phone) {
    const asked = await product().post('/api/users/login', { phoneNumber: phone });
    if (asked.status !== 200) return asked;
    const otp = await product().codeFor(readAt);
    return await product().post('/api/otp/verify', { phoneNumber: verifyAs, otp, mode: 'login' });
  }

  it('one handset makes one account, which either spelling finds', async () => {
    const { nine, eight } = newSpellings();
    product().whatsapp.addSpelling(eight, nine);
    expect((await register(nine, eight)).status).toBe(201);
    const other = await product().post('/api/users/register', { phoneNumber: eight, name: 'Again' });
    expect(other).toMatchObject({
      status: 409,
      body: { message: 'User already registered', code: 'phone_taken' },
    });
    const elsewhere = signUps.whatsapp(eight);
    expect(await product().post('/api/auth-otp/register', elsewhere)).toMatchObject({ status: 409 });

    const first = await login(eight, eight, nine);
    const second = await login(nine, eight, eight);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(textAt(second, 'user', '_id')).toBe(textAt(first, 'user', '_id'));
    // Shown as it was written.
    expect(textAt(second, 'user', 'phoneNumber')).toBe(nine);
    expect(await usersOf(product(), nine, eight)).toHaveLength(1);
  });

  it('five codes in ten minutes are five, whichever spelling and contract asks', async () => {
    const { nine, eight } = newSpellings();
    product().whatsapp.addSpelling(eight, nine);
    expect((await register(nine, eight)).status).toBe(201);
    for (const phone of [eight, nine, eight, nine]) {
      expect((await product().post('/api/users/login', { phoneNumber: phone })).status).toBe(200);
    }
    for (const path of ['/api/users/login', '/api/auth-otp/request-login']) {
      for (const phone of [eight, nine]) {
        const refused = await product().post(path, { phoneNumber: phone, phone });
        expect(refused.status).toBe(429);
        expectRetryAfter(refused, 500, 600);
      }
    }
  });

  it('a restricted sender serves the other spelling of somebody who has written', async () => {
    const { nine, eight } = newSpellings();
    const { whatsapp } = product();
    whatsapp.addSpelling(eight, nine);
    await arrived(await send(product(), nine));
    await whatsapp.handset(nine).reply('hello', GATEWAY);
    whatsapp.phone(GATEWAY).restrict({ until: Date.now() + 3_600_000, notify: true });
    const stranger = newSpellings();
    await vi.waitFor(async () => expect((await send(product(), stranger.eight)).status).toBe(503), {
      timeout: 20_000,
      interval: 50,
    });
    const friend = await send(product(), eight);
    expect(friend.status).toBe(202);
    await arrived(friend);
    expect(await friend.job()).toMatchObject({ phoneNumber: eight, status: 'sent' });
    whatsapp.phone(GATEWAY).liftRestriction();
    await vi.waitFor(async () => expect((await send(product(), stranger.eight)).status).toBe(202), {
      timeout: 20_000,
      interval: 50,
    });
  });

  it('two accounts from before WhatsApp called them one: who signed in last by the number keeps it', async () => {
    const { nine, eight } = newSpellings();
    expect((await register(nine, nine, 'Nine')).status).toBe(201);
    expect((await register(eight, eight, 'Eight')).status).toBe(201);
    const before = await login(nine);
    const token = textAt(before, 'token');
    expect(await usersOf(product(), nine, eight)).toHaveLength(2);

    product().whatsapp.addSpelling(eight, nine);
    // WhatsApp is asked anew.
    product().pass(8 * DAY_MS);
    const last = await login(eight);
    expect(last.status).toBe(200);
    expect((await product().post('/api/users/login', { phoneNumber: nine })).status).toBe(200);
    const pending = await product().codeFor(eight);
    await vi.waitFor(
      async () => expect(await usersOf(product(), nine, eight)).toMatchObject([{ name: 'Eight' }]),
      { timeout: 20_000, interval: 50 },
    );
    const verification = { phoneNumber: nine, otp: pending, mode: 'login' };
    expect((await product().post('/api/otp/verify', verification)).status).toBe(400);
    const now = await login(nine, eight);
    expect(textAt(now, 'user', '_id')).toBe(textAt(last, 'user', '_id'));
    expect(token).not.toBe('');
  });

  it('answers that an earlier version stored count from the next start on, once', async () => {
    const { nine, eight } = newSpellings();
    const email = newEmail();
    await product().post('/api/auth-otp/register', signUps.whatsapp(nine, email));
    const made = await product().post('/api/auth-otp/verify', {
      phone: nine,
      otp: await product().codeFor(nine),
    });
    const authorization = `Bearer ${textAt(made, 'data', 'token')}`;
    expect((await product().get('/api/users/me', { authorization })).status).toBe(200);
    product().pass(1_000);
    expect((await register(eight, eight, 'Eight')).status).toBe(201);
    await inStore(product(), (store) =>
      store
        .updateTable('recipients')
        .set({ jid: `${eight.slice(1)}@s.whatsapp.net` })
        .where('recipient', '=', nine)
        .execute(),
    );
    await product().restart();
    expect((await product().get('/api/users/me', { authorization })).status).toBe(401);
    expect(await product().post('/api/auth/login', { email, password: PASSWORD })).toMatchObject({
      status: 403,
    });
    expect(await usersOf(product(), nine, eight)).toMatchObject([{ phone: eight }]);

    const id = textAt(made, 'data', 'user', 'id');
    const reactivate = { deactivated_at: null };
    await inStore(product(), (store) =>
      store.updateTable('users').set(reactivate).where('id', '=', id).execute(),
    );
    await product().restart();
    expect(await product().post('/api/auth/login', { email, password: PASSWORD })).toMatchObject({
      status: 200,
    });
  });
});

onBothDatabases({ WORKER_MIN_SEND_DELAY_MS: '60000', WORKER_MAX_SEND_DELAY_MS: '60000' }, (product) => {
  it('a newer code takes the place of one that waits under the other spelling', async () => {
    const { nine, eight } = newSpellings();
    product().whatsapp.addSpelling(eight, nine);
    // The next one has to wait.
    await arrived(await send(product(), nine));
    const older = await send(product(), nine);
    const newer = await send(product(), eight);
    expect(await older.job()).toMatchObject({
      phoneNumber: nine,
      status: 'failed',
      error: { code: 'superseded' },
    });
    expect(await newer.job()).toMatchObject({ phoneNumber: eight, status: 'pending' });
  });
});
