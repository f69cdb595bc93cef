import { createHash, generateKeyPairSync } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoreUnavailable } from '../../database/unavailable.js';
import type { OutgoingMessage } from '../../src/channels/channel.js';
import { createMailSender, type MailSender } from '../../src/channels/email/index.js';
import { openSmtpSession, parseSmtpUrl } from '../../src/channels/email/session.js';
import { createMailServer, type MailServer } from '../../src/sandbox/mail/index.js';
import { createTestClock } from '../support/clock.js';
import { until } from '../support/until.js';

const TEXT = 'Your verification code is 482915. It is valid for 5 min. Do not share it with anyone.';

describe('the e-mail channel', () => {
  const clock = createTestClock(Date.now());
  let server: MailServer;
  let channel: MailSender;

  async function start(options: Parameters<typeof createMailServer>[0] = {}, url?: string): Promise<void> {
    server = await createMailServer(options);
    channel = createMailSender({
      clock,
      settings: { url: url ?? server.url, from: 'Example <no-reply@example.com>' },
      stepMs: 300,
    });
  }
  afterEach(async () => {
    channel.close();
    await server.close();
  });

  const message = (change: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
    messageId: '3EB0123456789012345678',
    recipient: 'user@example.org',
    text: TEXT,
    code: '482915',
    expiresAt: clock.now() + 300_000,
    beforeWrite: async () => true,
    ...change,
  });
  const failure = (change: Partial<OutgoingMessage> = {}) =>
    channel.send(message(change)).then(
      () => null,
      (error: unknown) => error,
    );

  it.each([false, true])('hands a mail over, to a server that offers TLS: %s', async (starttls) => {
    await start({ starttls });
    expect(await channel.send(message())).toEqual({ acceptedAt: clock.now() });
    const [mail] = server.mails();
    expect(mail).toMatchObject({
      to: 'user@example.org',
      from: 'Example <no-reply@example.com>',
      subject: 'Your verification code',
    });
    expect(mail?.text.replace(/\s+/g, ' ').trim()).toBe(TEXT);
    expect(mail?.html).toContain('<b>482915</b>');
    expect(mail?.source).toContain('To: user@example.org');
  });

  it('comes from a name in quotes', async () => {
    await start();
    channel.close();
    const from = String.raw`"Acme \"Post\", Inc." <no-reply@example.com>`;
    channel = createMailSender({ clock, settings: { url: server.url, from }, stepMs: 300 });
    await channel.send(message());
    expect(server.mails()[0]?.from).toBe(from);
  });

  it.each([
    TEXT,
    'Ihr Prüfcode lautet 482915. Er ist 5 Minuten gültig. Geben Sie ihn bitte an niemanden weiter, danke schön.',
    '您的验证码是482915，请在五分钟内使用，切勿将验证码告诉任何人，包括自称是我们工作人员的人，谢谢您的配合。',
    `${'a'.repeat(200)} 482915 <&"> {{minutes}}\n\nSecond paragraph.`,
  ])('has the code in one piece, and no other number that looks like it: %s', async (text) => {
    await start();
    await channel.send(message({ text }));
    const [mail] = server.mails();
    const parts = [mail?.text ?? '', mail?.html ?? '', mail?.subject ?? ''].join('\n');
    expect(parts.match(/(?<!\d)\d{5,8}(?!\d)/g)).toEqual(['482915', '482915']);
    expect(mail?.subject).not.toMatch(/\d/);
    const numbers = mail?.source.match(/(?<!\d)\d{5,8}(?!\d)/g) ?? [];
    expect(new Set(numbers)).toEqual(new Set(text.includes('验') ? numbers : ['482915']));
    for (const line of mail?.source.split('\r\n') ?? []) expect(line.length).toBeLessThan(998);
  });

  it('writes addresses in ASCII, on the line and in the mail', async () => {
    const lines: string[] = [];
    const plain = createServer((socket) => {
      let inMail = false;
      socket.setEncoding('utf8').write('220 plain\r\n');
      socket.on('data', (chunk: string) => {
        lines.push(chunk);
        const isEnd = inMail && chunk.endsWith('\r\n.\r\n');
        if (inMail && !isEnd) return;
        inMail = chunk.startsWith('DATA');
        socket.write(inMail ? '354 go on\r\n' : '250 fine\r\n');
      });
      socket.on('error', () => {});
    });
    await start();
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const url = `smtp://127.0.0.1:${(plain.address() as AddressInfo).port}`;
    const from = 'no-reply@example.com';
    const direct = createMailSender({ clock, settings: { url, from } });
    const recipient = "o'neil&co+{1}@xn--e1afmkfd.xn--p1ai";
    await direct.send(message({ recipient }));
    direct.close();
    plain.close();
    const spoken = lines.join('');
    expect(spoken).toContain(`RCPT TO:<${recipient}>\r\n`);
    expect(spoken).toContain(`To: ${recipient}\r\n`);
    expect(spoken).not.toMatch(/SMTPUTF8/);
    expect(Buffer.byteLength(spoken)).toBe(spoken.length);
  });

  it('is in the name of the app and in the language of the text, for light and dark', async () => {
    await start();
    const arabic = 'رمزك هو 482915. صالح لمدة 5 دقائق.';
    await channel.send(message({ text: arabic, locale: 'ar' }));
    const [mail] = server.mails();
    expect(mail?.text.trim()).toBe(arabic);
    expect(mail?.html).toMatch(
      /<html lang="ar" dir="rtl">.*prefers-color-scheme: dark.*<header>Example<\/header>/s,
    );
    expect(mail?.source).toContain('Auto-Submitted: auto-generated');
  });

  it('has the words beside the digits that mail programs look for, where the language is ours to choose', async () => {
    await start();
    await channel.send(message({ text: 'Hello, 482915 it is.' }));
    await channel.send(message({ text: 'Somebody signed in.', code: '' }));
    const [code, notice] = server.mails();
    for (const part of [code?.text, code?.html]) {
      expect(part).toMatch(/Your verification code:[^\d]*482915/);
      expect(part?.match(/482915/g)).toHaveLength(1);
    }
    expect(notice?.text.trim()).toBe('Somebody signed in.');
  });

  it('is signed for its domain, so that others can tell (DKIM)', async () => {
    await start();
    channel.close();
    const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const dkim = { selector: 'mail2026', privateKey };
    const settings = { url: server.url, from: 'Example <no-reply@example.com>', dkim };
    channel = createMailSender({ clock, settings, stepMs: 3_000 });
    await channel.send(message());
    const { source = '' } = server.mails()[0] ?? {};
    const [, header = ''] = /^DKIM-Signature: (.*?)\r\n(?![ \t])/ms.exec(source) ?? [];
    expect(header).toMatch(/d=example\.com;\s+.*s=mail2026;/s);
    // RFC 6376, 3.4: the body as it is hashed (relaxed), and the hash in the signature.
    const body = source
      .slice(source.indexOf('\r\n\r\n') + 4)
      .replace(/[ \t]+/g, ' ')
      .replace(/ \r\n/g, '\r\n');
    const hashed = createHash('sha256')
      .update(`${body.replace(/(\r\n)*$/, '')}\r\n`)
      .digest('base64');
    expect(header.replace(/\s/g, '')).toContain(`bh=${hashed};`);
    expect(header.replace(/\s/g, '')).toMatch(/h=from:subject:date:message-id:to/);
  });

  it('shows markup in a template as text', async () => {
    await start();
    await channel.send(message({ text: '<script>alert(1)</script> 482915 & more' }));
    expect(server.mails()[0]?.html).not.toContain('<script>');
  });

  it('is the same mail when it goes out again', async () => {
    await start();
    await channel.send(message());
    await channel.send(message());
    await channel.send(message({ messageId: '3EB0ABCDEFABCDEFABCDEF' }));
    const ids = server.mails().map(({ messageId }) => messageId);
    expect(ids[0]).toMatch(/^<[a-p]+@example\.com>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('spares the next mail the greeting, and survives a server that has hung up', async () => {
    await start();
    await channel.send(message());
    await channel.send(message());
    expect(server.count('greeting')).toBe(1);
    // Both sides give up a connection that is silent for long.
    await new Promise((resolve) => setTimeout(resolve, 350));
    await channel.send(message());
    expect(server.count('greeting')).toBe(2);
    expect(server.mails()).toHaveLength(3);
  });

  it('keeps none of the connections that ended while they were idle', async () => {
    const { default: SmtpConnection } = await import('nodemailer/lib/smtp-connection');
    const ended = vi.spyOn(SmtpConnection.prototype, 'close');
    await start();
    for (let mails = 1; mails <= 3; mails++) {
      await channel.send(message());
      await vi.waitFor(() => expect(new Set(ended.mock.contexts).size).toBe(mails), { timeout: 10_000 });
    }
    ended.mockClear();
    channel.close();
    expect(ended).not.toHaveBeenCalled();
    ended.mockRestore();
  });

  it.each(['greeting', 'recipient', 'data'] as const)(
    'tries again after a "not now" at the %s',
    async (at) => {
      await start();
      server.faults.set(at, 451, 1);
      expect(await failure()).toMatchObject({
        kind: 'retry',
        failure: 'transport',
        message: expect.stringContaining('Refused by the sandbox'),
      });
      await channel.send(message());
      expect(server.mails()).toHaveLength(1);
    },
  );

  it.each(['recipient', 'data'] as const)('never tries again after a "no" at the %s', async (at) => {
    await start();
    server.faults.set(at, 550);
    expect(await failure()).toMatchObject({ kind: 'reject', failure: 'rejected_by_mail_server' });
    expect(channel.trouble()).toBeNull();
    server.faults.clear();
    await channel.send(message({ recipient: 'other@example.org' }));
    expect(server.mails()).toHaveLength(1);
  });

  it.each(['greeting', 'recipient', 'data'] as const)(
    'waits a bounded time for an answer to the %s',
    async (at) => {
      await start();
      server.faults.set(at, 'silence');
      expect(await failure()).toMatchObject({
        kind: 'retry',
        failure: 'transport',
        mayHaveArrived: at === 'data',
      });
    },
  );

  it('tries again when nobody listens there', async () => {
    const unused = createServer();
    await new Promise<void>((resolve) => unused.listen(0, '127.0.0.1', resolve));
    const { port } = unused.address() as { port: number };
    await new Promise((resolve) => unused.close(resolve));
    await start({}, `smtp://127.0.0.1:${port}`);
    expect(await failure()).toMatchObject({
      kind: 'retry',
      failure: 'transport',
      message: 'The mail server could not be reached (ECONNREFUSED).',
      mayHaveArrived: false,
    });
    expect(channel.trouble()).toMatchObject({
      since: clock.now(),
      sentence: 'The mail server could not be reached (ECONNREFUSED).',
      isShut: true,
    });
  });

  it('logs in, with characters that a URL has to encode', async () => {
    await start({ login: { user: 'otp@example.com', pass: 'p@ss:w/rd %' } });
    await channel.send(message());
    expect(server.mails()).toHaveLength(1);
  });

  it('says whom to ask when the login is refused, and what to look at, but no secret', async () => {
    await start({ login: { user: 'otp', pass: 'right' } });
    channel = createMailSender({
      clock,
      settings: { url: server.url.replace('right', 'wrong-secret'), from: 'no-reply@example.com' },
    });
    const error = await failure();
    expect(error).toMatchObject({
      kind: 'retry',
      message: expect.stringMatching(/refused the login.*SMTP_URL/),
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-secret');
    expect(channel.trouble()).toMatchObject({
      sentence: expect.stringMatching(/refused the login/),
      needsPerson: true,
      isShut: true,
      nextTryAt: clock.now() + 30_000,
    });
  });

  it('finds out by itself, asking ever less often, when a server that was gone is back', async () => {
    await start();
    server.faults.set('greeting', 421);
    const began = clock.now();
    await failure();
    const tries: number[] = [];
    for (let reached = 1; reached < 8; reached++) {
      const next = await until('a next try', () => {
        const trouble = channel.trouble();
        return trouble && trouble.nextTryAt > clock.now() && trouble;
      });
      expect(next).toMatchObject({ since: began, isShut: true, needsPerson: false });
      tries.push(next.nextTryAt - clock.now());
      await clock.advance(next.nextTryAt - clock.now());
      await until('the try', () => server.count('greeting') > reached);
    }
    expect(tries).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    let changes = 0;
    channel.onTrouble(() => changes++);
    server.faults.clear();
    await until('the end of the trouble', async () => {
      await clock.advance(30_000);
      return channel.trouble() === null;
    });
    expect(changes).toBeGreaterThan(0);
    expect(server.mails()).toEqual([]);
    await channel.send(message());
    expect(server.mails()).toHaveLength(1);
  });

  it('a refused login is tried again by itself, more rarely', async () => {
    await start({ login: { user: 'otp', pass: 'right' } });
    server.faults.set('login', 535);
    await failure();
    await clock.advance(29_999);
    expect(server.count('login')).toBe(1);
    await clock.advance(1);
    await until('another try', () => (channel.trouble()?.nextTryAt ?? 0) - clock.now() === 60_000);
    expect(server.count('login')).toBe(2);
    server.faults.clear();
    await clock.advance(60_000);
    await until('the end of the trouble', () => channel.trouble() === null);
  });

  it('one mail that is not taken yet, or never, says nothing about the server', async () => {
    await start();
    for (const [at, answer] of [
      ['recipient', 451],
      ['recipient', 550],
      ['data', 452],
    ] as const) {
      server.faults.set(at, answer, 1);
      await failure();
      expect(channel.trouble()).toBeNull();
    }
  });

  it('a server that lets us in but gets as far as no mail is in trouble until one is decided about', async () => {
    await start();
    server.faults.set('recipient', 'silence');
    const began = clock.now();
    await failure();
    await clock.advance(5_000);
    await failure();
    expect(channel.trouble()).toMatchObject({ since: began, isShut: false, needsPerson: false });
    server.faults.set('recipient', 451);
    await failure();
    expect(channel.trouble()).toBeNull();
  });

  it('asks nobody any more once it is closed', async () => {
    await start();
    server.faults.set('greeting', 421);
    await failure();
    channel.close();
    await clock.advance(60_000);
    expect(server.count('greeting')).toBe(1);
  });

  it.each([
    [false, 'ETLS'],
    [true, 'ESOCKET'],
  ])(
    'gives no password to a stranger: a server elsewhere without good TLS (%s, %s)',
    async (starttls, code) => {
      await start({ login: { user: 'otp', pass: 'right' }, starttls });
      // Reaches this machine, but is none of its loopback addresses.
      const elsewhere = { ...parseSmtpUrl(server.url), host: '0.0.0.0' };
      await expect(openSmtpSession(elsewhere, 300)).rejects.toMatchObject({ code });
      expect(server.count('login')).toBe(0);
    },
  );

  it('a database that fails before the mail leaves is no fault of the mail', async () => {
    await start();
    const beforeWrite = async () => {
      throw new StoreUnavailable(new Error('Connection terminated unexpectedly'));
    };
    expect(await failure({ beforeWrite })).toMatchObject({ kind: 'wait', failure: 'not_written' });
    expect(server.mails()).toHaveLength(0);
    await channel.send(message());
  });

  it('asks before the mail may leave, and only when the server wants it', async () => {
    await start();
    let asked = 0;
    const refusing = { beforeWrite: async () => ++asked > 1 };
    expect(await failure(refusing)).toMatchObject({ kind: 'wait', failure: 'not_written' });
    expect(asked).toBe(1);
    server.faults.set('recipient', 550, 1);
    await failure(refusing);
    expect(asked).toBe(1);
    await channel.send(message(refusing));
    expect(server.mails()).toHaveLength(1);
  });

  it.each([
    'user@example.org, other@example.org',
    'user@example.org\r\nBcc: other@example.org',
    'user@example.org>\r\nRCPT TO:<other@example.org',
    '"user@example.org" <other@example.org>',
    'nobody',
  ])('sends nothing to %j', async (recipient) => {
    await start();
    expect(await failure({ recipient })).toMatchObject({
      kind: 'reject',
      failure: 'rejected_by_mail_server',
    });
    expect(server.count('greeting')).toBe(0);
  });

  it('shows neither addresses nor codes that the server repeats', async () => {
    await start();
    server.faults.set('recipient', 550);
    const error = await failure({ recipient: 'someone.special@example.org' });
    expect(String(error)).not.toContain('someone.special');
  });
});
