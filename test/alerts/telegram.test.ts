import { describe, expect, it, vi } from 'vitest';
import { createTelegram } from '../../src/alerts/telegram.js';
import { captureLogging } from '../logging/capture.js';
import { createTestClock } from '../support/clock.js';
import { answers, startTelegramServer } from './telegram-server.js';

const botToken = '123456:AA-very-secret_token';

/** A Telegram with a log that hides nothing by itself. */
function connect(apiBaseUrl: string) {
  const clock = createTestClock();
  const logging = captureLogging({ level: 'silly' });
  const telegram = createTelegram({ botToken, chatId: '-100200', apiBaseUrl, clock, log: logging.log });
  const logged = (text: string) =>
    vi.waitFor(() => expect(logging.printed()).toContain(text), { timeout: 60_000 });
  /** After the failure was seen, so that the wait for the next attempt has begun. */
  const retryAfter = async (why: string, ms: number) => {
    await logged(why);
    await clock.advance(ms);
  };
  return { telegram, clock, logging, logged, retryAfter };
}

describe('a message to Telegram', () => {
  it('goes to the chat as plain text, in order', async () => {
    const server = await startTelegramServer();
    const { telegram } = connect(server.url);
    telegram.send('first <b>*_[');
    telegram.send('second');
    await server.waitForAccepted(2);
    expect(server.accepted).toEqual(['first <b>*_[', 'second']);
    expect(server.requests[0]).toMatchObject({
      path: `/bot${botToken}/sendMessage`,
      message: { chat_id: '-100200' },
    });
    expect(server.requests[0]?.message).not.toHaveProperty('parse_mode');
  });

  it.each([
    ['HTTP 500', answers.status(500)],
    ['HTTP 502', answers.status(502, '<html>')],
    ['UND_ERR_SOCKET', answers.hangUp],
  ])('after %s is tried again a second later, then two seconds later', async (why, reaction) => {
    const server = await startTelegramServer(reaction, reaction);
    const { telegram, clock, logging, logged } = connect(server.url);
    telegram.send('hello');
    await logged('"attempt":1');
    expect(logging.printed()).toContain(why);
    await clock.advance(999);
    expect(server.requests).toHaveLength(1);
    await clock.advance(1);
    await logged('"attempt":2');
    await clock.advance(2_000);
    await server.waitForAccepted(1);
    expect(server.requests).toHaveLength(3);
  });

  it('that gets no answer is given up after five seconds and tried again', async () => {
    const server = await startTelegramServer(answers.silence);
    const { telegram, clock, retryAfter } = connect(server.url);
    telegram.send('hello');
    await server.waitForRequests(1);
    await clock.advance(5_000);
    await retryAfter('"why":"timeout"', 1_000);
    await server.waitForAccepted(1);
  });

  it('that was accepted is not sent again because the rest of the answer is slow', async () => {
    const server = await startTelegramServer((response) => void response.writeHead(200).write('{"ok":'));
    const { telegram, clock } = connect(server.url);
    telegram.send('first');
    await server.waitForRequests(1);
    telegram.send('second');
    await server.waitForAccepted(1);
    await clock.advance(60_000);
    expect(server.requests.map((request) => request.message.text)).toEqual(['first', 'second']);
  });

  it.each([
    ['in the body', answers.status(429, '{"ok":false,"parameters":{"retry_after":7}}')],
    ['in the header', answers.status(429, 'slow down', { 'retry-after': '7' })],
  ])('waits as long as Telegram asks %s', async (_where, reaction) => {
    const server = await startTelegramServer(reaction);
    const { telegram, clock, retryAfter } = connect(server.url);
    telegram.send('hello');
    await retryAfter('HTTP 429', 6_900);
    expect(server.requests).toHaveLength(1);
    await clock.advance(100);
    await server.waitForAccepted(1);
  });

  it.each([400, 401, 403, 404])(
    'that is refused with %i is not tried again, and the next one is',
    async (status) => {
      const server = await startTelegramServer(answers.status(status));
      const { telegram, logged } = connect(server.url);
      telegram.send('refused');
      telegram.send('next');
      await server.waitForAccepted(1);
      expect(server.accepted).toEqual(['next']);
      await logged('could not be delivered');
    },
  );

  it('is tried for as long as an outage of the network may take, and the next one waits for it', async () => {
    const server = await startTelegramServer(...Array(40).fill(answers.status(500)));
    const { telegram, retryAfter } = connect(server.url);
    telegram.send('down');
    telegram.send('back');
    for (let attempt = 1; attempt <= 40; attempt++) {
      // No longer than the wait: beyond it the clock would time out the request that follows.
      await retryAfter(`"attempt":${attempt}}`, Math.min(1_000 * 2 ** (attempt - 1), 300_000));
    }
    await server.waitForAccepted(2);
    expect(server.accepted).toEqual(['down', 'back']);
  });

  it('follows a group that has become a supergroup, and says which id to set', async () => {
    const moved = answers.status(
      400,
      JSON.stringify({
        ok: false,
        error_code: 400,
        description: 'Bad Request: group chat was upgraded to a supergroup chat',
        parameters: { migrate_to_chat_id: -1001234567890 },
      }),
    );
    const server = await startTelegramServer(moved);
    const { telegram, logged } = connect(server.url);
    telegram.send('first');
    telegram.send('second');
    await server.waitForAccepted(2);
    expect(server.requests.map(({ message }) => message.chat_id)).toEqual([
      '-100200',
      '-1001234567890',
      '-1001234567890',
    ]);
    await logged('"chatId":"-1001234567890"');
    expect(telegram.failing()).toBeNull();
  });

  it('never holds more than a hundred back, and keeps the newest', async () => {
    const server = await startTelegramServer(answers.silence);
    const { telegram, clock, retryAfter } = connect(server.url);
    for (let number = 1; number <= 150; number++) telegram.send(`message ${number}`);
    await server.waitForRequests(1);
    await clock.advance(5_000);
    await retryAfter('timeout', 1_000);
    await server.waitForAccepted(101);
    expect(server.accepted[0]).toBe('message 1');
    expect(server.accepted.slice(1)).toEqual([...Array(100)].map((_, index) => `message ${51 + index}`));
  });

  it('follows no redirect, which would carry the token elsewhere', async () => {
    const elsewhere = await startTelegramServer();
    const server = await startTelegramServer(answers.status(307, '', { location: `${elsewhere.url}/x` }));
    const { telegram, logged } = connect(server.url);
    telegram.send('hello');
    await logged('does not take the alert');
    expect(elsewhere.requests).toEqual([]);
  });
});

describe('alerts that do not arrive', () => {
  const refused = (status: number, description: string) =>
    answers.status(status, JSON.stringify({ ok: false, error_code: status, description }));

  it.each([
    [
      'a bot that was removed',
      refused(403, 'Forbidden: bot was kicked from the group chat'),
      /was removed from the chat/,
    ],
    ['an unknown chat', refused(400, 'Bad Request: chat not found'), /no such chat: check TELEGRAM_CHAT_ID/],
    ['a wrong token', refused(401, 'Unauthorized'), /check TELEGRAM_BOT_TOKEN/],
    [
      'a chat without the right to write',
      refused(400, 'Bad Request: not enough rights'),
      /refuses the message \(HTTP 400\)/,
    ],
    ['too many messages', answers.status(429, '{"parameters":{"retry_after":7}}'), /fewer messages/],
    ['a server that fails', answers.status(502, '<html>'), /does not work at the moment/],
    ['a broken connection', answers.hangUp, /cannot be reached \(UND_ERR_SOCKET\)/],
  ])('say since when and why: %s', async (_name, reaction, reason) => {
    const server = await startTelegramServer(reaction, reaction);
    const { telegram, clock } = connect(server.url);
    expect(telegram.failing()).toBeNull();
    const since = clock.now();
    telegram.send('first');
    await vi.waitFor(
      () => expect(telegram.failing()).toEqual({ since, reason: expect.stringMatching(reason) }),
      { timeout: 60_000 },
    );

    telegram.send('second');
    telegram.send('third');
    await vi.waitFor(
      async () => {
        // In steps that leave each request its time.
        await clock.advance(900);
        expect([since, undefined]).toContain(telegram.failing()?.since);
        expect(server.accepted).toContain('third');
        expect(telegram.failing()).toBeNull();
      },
      { timeout: 60_000 },
    );
  });

  it('stand in the log with what Telegram said', async () => {
    const server = await startTelegramServer(refused(403, 'Forbidden: bot was kicked from the group chat'));
    const { telegram, logged } = connect(server.url);
    telegram.send('lost');
    await logged('"why":"HTTP 403: Forbidden: bot was kicked from the group chat"');
  });
});

describe('whatever goes wrong', () => {
  it.each([
    ['a refusal that quotes the request', answers.status(401, `{"description":"bad ${botToken}"}`)],
    ['a server error', answers.status(500, botToken)],
    ['a broken connection', answers.hangUp],
  ])('the token is in no log: %s', async (_name, reaction) => {
    const server = await startTelegramServer(reaction);
    const { telegram, logging, logged } = connect(server.url);
    telegram.send('hello');
    await logged('Telegram');
    await logging.close();
    expect(logging.printed() + logging.read('combined.log')).not.toContain('secret_token');
  });

  it.each(['http://127.0.0.1:1', 'http://[not an address'])(
    'the caller sees nothing of it (%s)',
    async (url) => {
      const { telegram, logging, logged } = connect(url);
      expect(() => telegram.send('hello')).not.toThrow();
      await logged('Telegram');
      expect(logging.printed()).not.toContain('secret_token');
    },
  );
});

describe('closing', () => {
  it('lets the request in hand finish', async () => {
    let answer = () => {};
    const server = await startTelegramServer((response) => {
      answer = () => answers.ok(response);
    });
    const { telegram } = connect(server.url);
    telegram.send('hello');
    telegram.send('never sent');
    await server.waitForRequests(1);
    const closed = telegram.close();
    answer();
    await closed;
    telegram.send('too late');
    expect(server.requests).toHaveLength(1);
  });

  it('does not wait for a server that never answers', async () => {
    const server = await startTelegramServer(answers.silence);
    const { telegram, clock } = connect(server.url);
    telegram.send('hello');
    await server.waitForRequests(1);
    const closed = telegram.close();
    await clock.advance(2_000);
    await closed;
  });

  it('does not wait for the next attempt', async () => {
    const server = await startTelegramServer(answers.status(500));
    const { telegram, logged } = connect(server.url);
    telegram.send('hello');
    await logged('HTTP 500');
    await telegram.close();
    expect(server.requests).toHaveLength(1);
  });
});
