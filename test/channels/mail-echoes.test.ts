import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig, secretsOf } from '../../config/index.js';
import { createMailSender } from '../../src/channels/email/index.js';
import { hideSecrets } from '../../src/log.js';
import { goodSecrets } from '../config/settings.js';
import { createTestClock } from '../support/clock.js';

const USER = 'otp@example.com';
const PASSWORD = 'p4ss:w/rd %+';
const URL_LOGIN = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const ECHOES = [
  ['the password', PASSWORD],
  ['the password in a URL', encodeURIComponent(PASSWORD)],
  ['what AUTH PLAIN sends', base64(`\0${USER}\0${PASSWORD}`)],
  ['what AUTH LOGIN sends', base64(PASSWORD)],
  ['user and password as HTTP has them', base64(`${USER}:${PASSWORD}`)],
] as const;

/** A server that answers the command `at` with these lines, and everything else with yes. Resolves with its address. */
async function startServer(at: string, answer: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 mail ready\r\n');
    socket.on('data', (bytes) => {
      const command = bytes.toString();
      if (command.startsWith(at)) socket.write(`${answer}\r\n`);
      else if (command.startsWith('EHLO')) socket.write('250-mail\r\n250 AUTH PLAIN\r\n');
      else socket.write('235 2.7.0 Yes\r\n'.replace('235', command.startsWith('AUTH') ? '235' : '250'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failureAt(at: string, answer: string) {
  const address = await startServer(at, answer);
  const mail = createMailSender({
    clock: createTestClock(Date.now()),
    settings: { url: `smtp://${URL_LOGIN}@${address}`, from: 'no-reply@example.com' },
  });
  onTestFinished(() => mail.close());
  const message = {
    messageId: '3EB0123456789012345678',
    recipient: 'user@example.org',
    text: 'Your code is 482915.',
    code: '482915',
    expiresAt: Infinity,
    beforeWrite: async () => true,
  };
  const error: unknown = await mail.send(message).catch((failed: unknown) => failed);
  return { sentence: error instanceof Error ? error.message : '', trouble: mail.trouble()?.sentence };
}

it.each(ECHOES)('a mail server that repeats %s at the log-in: nothing of it is kept', async (_what, echo) => {
  const { sentence, trouble } = await failureAt('AUTH', `535 5.7.8 Bad credentials ${echo} for us`);
  expect(sentence).toMatch(
    /^The mail server refused the login: 535 5\.7\.8 Bad credentials \[redacted\]=* for us\./,
  );
  expect(trouble).toBe(sentence);
});

it.each(ECHOES)('the log hides %s', (_what, echo) => {
  const environment = { ...goodSecrets, SMTP_URL: `smtp://${URL_LOGIN}@mail.example.com:587` };
  const hide = hideSecrets(secretsOf(loadConfig({ environment, envFile: null })));
  expect(hide(`AUTH ${echo}, said the server`)).toMatch(/^AUTH \[redacted\]=*, said the server$/);
});

it('of an answer stay code, status and the first 80 characters of what it says, redacted before they are counted', async () => {
  const lines = [
    `550-5.1.1 ${'x'.repeat(70)} ${base64(`\0${USER}\0${PASSWORD}`)}`,
    '550 5.1.1 <user@example.org> queue 7351982',
  ];
  const { sentence } = await failureAt('RCPT', lines.join('\r\n'));
  const [, words = ''] = /^The mail server refused the mail: 550 5\.1\.1 (.*)\.$/.exec(sentence) ?? [];
  expect(words).toBe(`${'x'.repeat(70)} [redacted`.slice(0, 80));
});

it('an answer of several lines without a status is one sentence, without addresses and numbers', async () => {
  const { sentence } = await failureAt('RCPT', '550-No such user\r\n550 <user@example.org> 7351982.');
  expect(sentence).toBe('The mail server refused the mail: 550 No such user <us***@e***.org> ….');
});
