import Sqlite from 'better-sqlite3';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { logIn } from '../support/admin-client.js';
import { newFragileDatabase } from '../support/fragile-database.js';
import { GETS, POSTS, SHAPES } from './doors.js';
import { type Answer, type Product, startProduct } from './harness.js';

const CODE = '/api/v1/otp/send';

/** Those whose answer takes no look into the database when nobody has signed in. */
const NEEDS_NO_DATABASE = ['/logout', '/', '/api/users/me', '/api/auth/me', '/protected'];

/** Those that write even for people whom nobody knows: what is asked for, and the look-ups and wrong passwords. */
const WRITES = [
  '/api/users/register',
  '/api/users/login',
  '/api/auth-otp/register',
  '/api/auth-otp/resend',
  '/api/auth-otp/request-login',
  '/api/auth/login',
  '/api/auth/register/start',
  '/api/auth/register/resend-otp',
  '/signup',
  '/verify-otp',
  '/resend-otp',
  '/login',
  '/api/auth-otp/cleanup',
];

function expectUnavailable({ status, headers }: Answer, path: string): void {
  expect(`${path} ${status}`).toBe(`${path} 503`);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

async function sendCode(product: Product): Promise<Answer> {
  const headers = { 'x-api-key': product.env.API_KEY ?? '' };
  return await product.post(CODE, { phoneNumber: '+201001234567' }, { headers });
}

interface Answered {
  contract: keyof typeof SHAPES;
  path: string;
  answer: Answer;
}

/** Those are unavailable in their own shape, and the others are not. */
function expectUnavailableAmong(answers: readonly Answered[], isAway: (path: string) => boolean): void {
  const refused = answers.filter(({ answer }) => answer.status >= 500);
  expect(refused.map(({ path }) => path)).toEqual(answers.map(({ path }) => path).filter(isAway));
  expect(refused).not.toEqual([]);
  for (const { contract, path, answer } of refused) {
    expectUnavailable(answer, path);
    SHAPES[contract](answer);
  }
}

/** The answer to each door's own request. */
async function askEverywhere(product: Product) {
  const answers: Answered[] = [];
  for (const { contract, path, body } of POSTS) {
    answers.push({ contract, path, answer: await product.post(path, body?.()) });
  }
  for (const { contract, path } of GETS) answers.push({ contract, path, answer: await product.get(path) });
  return answers;
}

describe('while the database is away', { timeout: 120_000 }, () => {
  it('every door that needs it says 503 in its own shape, and when to come back: postgres', async () => {
    const database = await newFragileDatabase(inject('postgresUrl'));
    const product = await startProduct('postgres', { DATABASE_URL: database.url });
    onTestFinished(() => product.close());
    const { ADMIN_USERNAME = '', ADMIN_PASSWORD = '' } = product.env;
    const { cookie } = await logIn(product.url, ADMIN_USERNAME, ADMIN_PASSWORD);
    await database.refuseSessions();
    await database.cutAll();

    const answers = await askEverywhere(product);
    expectUnavailableAmong(answers, (path) => !NEEDS_NO_DATABASE.includes(path));
    const code = await sendCode(product);
    expectUnavailable(code, CODE);
    expect(code.body.code).toBe('store_unavailable');
    for (const path of [
      '/admin/login',
      '/admin/status',
      '/admin/jobs',
      '/admin/api/status',
      '/admin/events',
    ]) {
      // Of a session, of nobody's session, and none.
      for (const header of [{ cookie }, { cookie: 'otp_admin=s%3Aabc.def' }, {}]) {
        expectUnavailable(await product.get(path, { ...header, accept: 'text/html' }), path);
        expectUnavailable(await product.get(path, { ...header, accept: 'application/json' }), path);
      }
    }
    expect((await product.get('/healthz')).status).toBe(200);
    expectUnavailable(await product.get('/readyz'), '/readyz');

    await database.allowSessions();
    expect((await sendCode(product)).status).toBe(202);
    await product.delivered();
  });

  it('every door that writes says 503 in its own shape, and when to come back: sqlite', async () => {
    const product = await startProduct('sqlite');
    onTestFinished(() => product.close());
    const other = new Sqlite(product.env.DB_FILENAME);
    onTestFinished(() => void other.close());
    other.exec('BEGIN IMMEDIATE');

    expectUnavailableAmong(await askEverywhere(product), (path) => WRITES.includes(path));
    expectUnavailable(await sendCode(product), CODE);

    other.exec('ROLLBACK');
    expect((await sendCode(product)).status).toBe(202);
    await product.delivered();
  });
});
