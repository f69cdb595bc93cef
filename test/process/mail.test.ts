import { expect, it, onTestFinished } from 'vitest';
import { createMailServer } from '../../src/sandbox/mail/index.js';
import {
  type Environment,
  newEnvironment,
  type Product,
  startProduct,
  startWhatsApp,
} from '../support/product.js';
import { until } from '../support/until.js';

const ADDRESS = 'asha.rao@example.org';
const NOT_SENT = {
  status: 500,
  body: {
    success: false,
    error: 'Failed to send verification email. Please try again.',
    code: 'email_unavailable',
    retryAfterSeconds: 60,
  },
};

/** The product with a mail server, and nobody paired. */
async function startWithMail(change: (url: string) => Environment = () => ({})) {
  const whatsapp = await startWhatsApp();
  const mail = await createMailServer({ login: { user: 'otp', pass: 'a-mail-password' } });
  onTestFinished(() => mail.close());
  const env = newEnvironment(whatsapp, { SMTP_URL: mail.url, LOG_LEVEL: 'debug', ...change(mail.url) });
  return { mail, product: await startProduct(env) };
}

async function signUp(product: Product, email = ADDRESS) {
  const answer = await fetch(`${product.url}/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'correct horse', username: 'Asha' }),
  });
  return { status: answer.status, body: (await answer.json()) as object };
}

it('a code goes out by mail with no number paired, and nothing of it reaches the log', async () => {
  const { mail, product } = await startWithMail();
  expect(await signUp(product)).toMatchObject({ status: 201 });
  const sent = await until('the mail', () => mail.mails(ADDRESS)[0]);
  const [code = ''] = /\d{6}/.exec(sent.text) ?? [];
  expect(code).not.toBe('');
  expect((await product.send('+201001234567')).status).toBe(503);
  expect(await product.kill('SIGTERM')).toMatchObject({ code: 0 });
  for (const secret of [code, 'a-mail-password', 'asha.rao', 'correct horse']) {
    expect(product.output().includes(secret), secret).toBe(false);
  }
});

it('kill -9 while a mail is on its way costs a delay: the same mail comes after the next start', async () => {
  const { mail, product } = await startWithMail();
  mail.faults.set('data', 'silence', 1);
  await signUp(product);
  await until('the mail is on its way', () => mail.count('data') === 1);
  await product.kill('SIGKILL');
  expect(mail.mails()).toEqual([]);
  const again = await startProduct(product.env);
  await until('the mail', () => mail.mails(ADDRESS).length === 1);
  expect(mail.count('data')).toBe(2);
  await again.kill('SIGTERM');
});

it('SIGTERM does not wait for a mail server that is silent', async () => {
  const { mail, product } = await startWithMail();
  mail.faults.set('recipient', 'silence');
  await signUp(product);
  await until('the mail is on its way', () => mail.count('recipient') === 1);
  const askedAt = performance.now();
  expect(await product.kill('SIGTERM')).toMatchObject({ code: 0 });
  expect(performance.now() - askedAt).toBeLessThan(10_000);
  mail.faults.clear();
  const again = await startProduct(product.env);
  await until('the mail', () => mail.mails(ADDRESS).length === 1);
  await again.kill('SIGTERM');
});

it('without a mail server the contract answers as documented, and the log says what to set', async () => {
  const { product } = await startWithMail(() => ({ SMTP_URL: '' }));
  expect(await signUp(product)).toEqual(NOT_SENT);
  await until('the log', () => product.output().includes('set SMTP_URL, or EMAIL_USER and EMAIL_PASSWORD'));
});

it('a refused login is told in the log, and then to callers', async () => {
  const { product } = await startWithMail((url) => ({
    SMTP_URL: url.replace('a-mail-password', 'old-password'),
  }));
  expect(await signUp(product)).toMatchObject({ status: 201 });
  await until('the log', () => /refused the login.*Check SMTP_URL/.test(product.output()));
  expect(await signUp(product, 'bert@example.org')).toEqual(NOT_SENT);
  expect(product.output()).not.toContain('old-password');
});
