import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCode, storedCode } from '../support/stored-codes.js';
import { type Browser, createBrowser } from './browser.js';
import { type Gateway, job, startGateway } from './harness.js';

let gateway: Gateway;
let browser: Browser;
let streams: Stream[];
beforeEach(async () => {
  streams = [];
  gateway = await startGateway();
  browser = createBrowser(gateway);
  await browser.logIn();
  gateway.calls.length = 0;
});
afterEach(async () => {
  for (const stream of streams) stream.close();
  await gateway.close();
});

/** What came out of GET /admin/events so far. */
interface Stream {
  response: Response;
  text: string;
  ended: boolean;
  changes(): number;
  close(): void;
}

async function listen(on: Gateway = gateway): Promise<Stream> {
  const controller = new AbortController();
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(`${on.url}/admin/events`, {
    signal: controller.signal,
    headers: { Accept: 'text/event-stream', Cookie: cookie },
  });
  const stream: Stream = {
    response,
    text: '',
    ended: false,
    changes: () => stream.text.split('event: change\ndata: {}\n\n').length - 1,
    close: () => controller.abort(),
  };
  streams.push(stream);
  void read(stream);
  return stream;
}

async function read(stream: Stream): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of stream.response.body ?? [])
      stream.text += decoder.decode(chunk, { stream: true });
  } catch {
    // Closed by the test, or cut by the server.
  }
  stream.ended = true;
}

const eventually = <T>(read: () => T) => expect.poll(read, { interval: 5, timeout: 60_000 });

describe('GET /admin/events', () => {
  it('is a stream of events that nothing on the way may keep', async () => {
    const { response } = await listen();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    });
    expect(response.headers.has('content-length')).toBe(false);
    expect(response.headers.getSetCookie()).toEqual([]);
    await eventually(() => streams[0]?.text).toBe('retry: 2000\n\n');
    expect(gateway.calls).toContain('attend');
  });

  it('needs a session, whatever is accepted', async () => {
    for (const accept of ['text/event-stream', '*/*']) {
      for (const headers of [{}, { Cookie: 'otp_admin=s%3Aforged.x' }]) {
        const response = await fetch(`${gateway.url}/admin/events`, {
          headers: { Accept: accept, ...headers },
        });
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ code: 'not_logged_in' });
      }
    }
    expect(gateway.listeners()).toBe(0);
  });

  it('tells that a job, the queue or the sender has changed, and nothing more', async () => {
    await gateway.addJobs(
      job({ jobId: 1, status: 'failed' }),
      job({ jobId: 2, status: 'sent', phoneNumber: '+966501234567' }),
    );
    const stream = await listen();
    const acts: (() => unknown)[] = [
      () => browser.postJson('/admin/api/jobs/1/retry'),
      () => browser.postJson('/admin/api/jobs/2/delete'),
      () => browser.postJson('/admin/api/queue/pause'),
      () => browser.postJson('/admin/api/queue/resume'),
      () => gateway.changeStatus({ state: 'QR_REQUIRED', qr: 'a secret' }),
    ];
    for (const [index, act] of acts.entries()) {
      await act();
      await gateway.clock.advance(1_000);
      await eventually(stream.changes).toBe(index + 1);
    }
    expect(stream.text).toBe(`retry: 2000\n\n${'event: change\ndata: {}\n\n'.repeat(acts.length)}`);
  });

  it('what changes nothing is not announced', async () => {
    const stream = await listen();
    await browser.get('/admin/status');
    await browser.postJson('/admin/api/jobs/1/retry');
    await browser.postJson('/admin/api/queue/resume');
    await gateway.clock.advance(5_000);
    expect(stream.changes()).toBe(0);
  });

  it('announces at most one change a second, and the last one for sure', async () => {
    const stream = await listen();
    for (let at = 0; at < 4_000; at += 50) {
      gateway.changeStatus({ since: at });
      await gateway.clock.advance(50);
    }
    await eventually(stream.changes).toBe(4);
    gateway.changeStatus({ since: 1 });
    await gateway.clock.advance(999);
    expect(stream.changes()).toBe(4);
    await gateway.clock.advance(1);
    await eventually(stream.changes).toBe(5);
    // After a quiet time it says so at once.
    await gateway.clock.advance(10_000);
    gateway.changeStatus({ since: 2 });
    await gateway.clock.advance(0);
    await eventually(stream.changes).toBe(6);
  });

  it('shows every quarter of a minute that it lives, and that somebody looks', async () => {
    const stream = await listen();
    gateway.calls.length = 0;
    for (const beats of [1, 2, 3]) {
      await gateway.clock.advance(15_000);
      await eventually(() => stream.text.match(/^:$/gm)?.length).toBe(beats);
      expect(gateway.calls).toHaveLength(beats);
    }
    expect(stream.ended).toBe(false);
  });
});

describe('a stream ends', () => {
  it('when somebody logs out elsewhere', async () => {
    const stream = await listen();
    await browser.postForm('/admin/logout', { _csrf: await browser.token('/admin/status') });
    await gateway.clock.advance(15_000);
    await eventually(() => stream.ended).toBe(true);
    expect(stream.text).toMatch(/event: end\ndata: \{\}\n\n$/);
    expect(gateway.listeners()).toBe(0);
    gateway.changeStatus({ since: 1 });
    await gateway.clock.advance(60_000);
  });

  it('eight hours after the login', async () => {
    const stream = await listen();
    await gateway.clock.advance(8 * 3_600_000);
    await eventually(() => stream.ended).toBe(true);
    expect(stream.text).toContain('event: end');
  });

  it('without a trace when the reader goes, also in the middle of a change or a heartbeat', async () => {
    for (let round = 0; round < 5; round++) {
      const opened = await Promise.all(Array.from({ length: 6 }, () => listen()));
      expect(gateway.listeners()).toBe(12);
      gateway.changeStatus({ since: round });
      for (const stream of opened.slice(0, 3)) stream.close();
      await gateway.clock.advance(15_000);
      for (const stream of opened) stream.close();
      await eventually(gateway.listeners).toBe(0);
      await gateway.clock.advance(15_000);
    }
  });

  it('at once when the gateway stops', async () => {
    // Answers in hand would be waited for.
    const other = await startGateway({ closeMs: 24 * 3_600_000 });
    const opened: Stream[] = [];
    try {
      browser = createBrowser(other);
      await browser.logIn();
      for (let count = 0; count < 20; count++) opened.push(await listen(other));
      other.changeStatus({ since: 1 });
    } finally {
      await other.close();
    }
    expect(other.listeners()).toBe(0);
    await eventually(() => opened.every(({ ended }) => ended)).toBe(true);
  });
});

describe('very many streams', () => {
  it('the 101st is told to ask by itself, until another one ends', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const opened = await Promise.all(Array.from({ length: 100 }, () => listen()));
    expect(opened.map(({ response }) => response.status)).toEqual(Array(100).fill(200));

    const refused = await listen();
    expect(refused.response.status).toBe(429);
    await eventually(() => refused.ended).toBe(true);
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'rate_limited' });
    expect(gateway.listeners()).toBe(200);
    expect((await browser.get('/admin/api/status')).status).toBe(200);

    opened[0]?.close();
    await eventually(gateway.listeners).toBe(198);
    expect((await listen()).response.status).toBe(200);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});

it('what happens to a verification is a change', async () => {
  const { id } = storedCode();
  await addCode(gateway.store, storedCode());
  const stream = await listen();
  expect((await browser.postJson(`/admin/api/verifications/${id}/cancel`)).status).toBe(200);
  await gateway.clock.advance(1_000);
  await eventually(() => stream.changes()).toBe(1);
});
