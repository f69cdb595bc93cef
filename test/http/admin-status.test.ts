import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SENDER_STATES } from '../../database/schema.js';
import { AppError } from '../../src/errors.js';
import type { KeyProgress } from '../../src/key-changes/index.js';
import { createBrowser } from './browser.js';
import { job, startGateway } from './harness.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';

useLoggedIn();

const QR = '2@ref,public-key,identity-key,adv-secret,1';

describe('GET /admin/api/status', () => {
  it('tells the state, and that somebody is looking', async () => {
    const response = await browser.get('/admin/api/status');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({
      state: 'READY',
      since: '2026-01-01T00:00:00.000Z',
      detail: null,
      qr: null,
      qrExpiresAt: null,
      pairingCode: null,
      me: '+491701234567',
      paused: false,
    });
    expect(gateway.calls).toEqual(['attend']);
  });

  it('tells since when something is wrong, over all attempts', async () => {
    const troubleSince = Date.parse('2026-01-01T00:00:00Z');
    const since = Date.parse('2026-01-01T02:14:00Z');
    Object.assign(gateway.status, {
      state: 'DISCONNECTED',
      since,
      troubleSince,
      failedAttempts: 31,
      openSince: null,
    });
    expect(await (await browser.get('/admin/api/status')).json()).toMatchObject({
      since: '2026-01-01T02:14:00.000Z',
      troubleSince: '2026-01-01T00:00:00.000Z',
      failedAttempts: 31,
    });
    const html = await (await browser.get('/admin/status')).text();
    expect(html).toMatch(
      /<b>Disconnected<\/b> <span><time datetime="2026-01-01T00:00:00.000Z" data-as="since">/,
    );
    expect(html).toMatch(/Failed attempts<\/dt><dd>31</);
    Object.assign(gateway.status, { state: 'CONNECTING' });
    expect(await (await browser.get('/admin/status')).text()).toContain('<b>Reconnecting</b>');
  });

  it('tells when alerts do not arrive, and why', async () => {
    expect(await (await browser.get('/admin/api/status')).json()).toMatchObject({ alerts: null });
    const since = Date.parse('2026-01-01T00:05:00Z');
    const reason = 'The bot was removed from the chat, or blocked: let it in again.';
    const own = await startGateway({ alertsFailing: () => ({ since, reason }) });
    const visitor = createBrowser(own);
    await visitor.logIn();
    expect(await (await visitor.get('/admin/api/status')).json()).toMatchObject({
      alerts: { failingSince: '2026-01-01T00:05:00.000Z', reason },
    });
    const html = await (await visitor.get('/admin/status')).text();
    expect(html).toContain('Alerts do not arrive');
    expect(html).toContain(reason);
    await own.close();
  });

  it('tells how far a secret is replaced, and when the previous one may be removed', async () => {
    const usedUntil = Date.parse('2026-01-01T01:00:00Z');
    const sealed = { total: 5_400, seen: 1_200, unreadable: 0, isDone: false };
    const change: KeyProgress = { variable: 'ENCRYPTION_KEY', usedUntil, isDone: false, sealed };
    const own = await startGateway({ keyProgress: async () => [change] });
    const visitor = createBrowser(own);
    await visitor.logIn();
    const page = async () => (await (await visitor.get('/admin/status')).text()).replace(/\s+/g, ' ');
    expect(await page()).toMatch(
      /1,200 of 5,400 stored values .* until <time datetime="2026-01-01T01:00:00.000Z"/,
    );
    Object.assign(sealed, { seen: 5_400, unreadable: 3, isDone: true });
    expect(await page()).toMatch(
      /is good until <time datetime="2026-01-01T01:00:00.000Z".* neither key opens.*: 3\./,
    );
    change.isDone = true;
    expect(await page()).toContain('<code>ENCRYPTION_KEY_PREVIOUS</code> may be removed.');
    await own.close();
  });

  it('has the raw QR while one is valid', async () => {
    const qrExpiresAt = Date.parse('2026-01-01T00:01:00Z');
    Object.assign(gateway.status, { state: 'QR_REQUIRED', qr: QR, qrExpiresAt, me: null });
    expect(await (await browser.get('/admin/api/status')).json()).toMatchObject({
      state: 'QR_REQUIRED',
      qr: QR,
      qrExpiresAt: '2026-01-01T00:01:00.000Z',
      me: null,
    });
  });
});

describe('the dashboard', () => {
  it('shows the state in words, the counts and the last jobs', async () => {
    await gateway.addJobs(
      job({ jobId: 12, status: 'sent', phoneNumber: '+966501234567' }),
      job({ jobId: 11, status: 'failed', error: { code: 'x', message: 'Out of reach.' } }),
    );
    const html = await (await browser.get('/admin/status')).text();
    expect(html).toContain('Connected');
    expect(html).toContain('READY');
    expect(html).toContain('+491701234567');
    expect(html).toMatch(/href="\/admin\/jobs\?status=failed"[^>]*><b>1<\/b>/);
    expect(html).toContain('#12');
    expect(html).toContain('Out of reach.');
    expect(html).toContain('/admin/api/jobs/11/retry');
    expect(html).not.toContain('jobs/12/retry');
    expect(html).toContain('+96********67');
    expect(html).not.toContain('+966501234567');
    expect(html).toMatch(/<meta name="csrf-token" content="[0-9a-f]{64}">/);
    expect(gateway.calls).toContain('attend');
  });

  it.each(SENDER_STATES)('has a word and an advice for %s', async (state) => {
    gateway.status.state = state;
    const { title, advice } = (await (await browser.get('/admin/api/status')).json()) as {
      title: string;
      advice: string;
    };
    expect(title).not.toBe('');
    expect(advice).toMatch(/\.$/);
    expect(await (await browser.get('/admin/status')).text()).toContain(title);
  });

  it('draws the QR itself and shows it to nobody else', async () => {
    expect((await browser.get('/admin/qr.svg')).status).toBe(404);
    gateway.status.qr = QR;
    const response = await browser.get('/admin/qr.svg');
    expect(response.headers.get('content-type')).toContain('image/svg+xml');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toMatch(/^<svg/);
    expect(await (await browser.get('/admin/status')).text()).toContain('src="/admin/qr.svg?');
    expect((await createBrowser(gateway).get('/admin/qr.svg')).status).toBe(302);
  });

  it('escapes whatever WhatsApp, a caller or an error may say', async () => {
    const evil = '<img src=x onerror="alert(1)">\'"&';
    Object.assign(gateway.status, { detail: evil, me: evil, pairingCode: evil });
    await gateway.addJobs(job({ phoneNumber: evil, error: { code: evil, message: evil }, status: 'failed' }));
    const html = await (await browser.get('/admin/status')).text();
    expect(html).not.toMatch(/<img src=x|<[^>]*onerror=(?!&)[^&]*>/);
    expect(html).toContain('&lt;img src=x');
    const json = await browser.get('/admin/api/status');
    expect(json.headers.get('content-type')).toContain('application/json');
    expect(json.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('says how old the oldest waiting job is, how it goes, and what is newest', async () => {
    const at = gateway.clock.now() - 120_000;
    await gateway.addJobs(
      job({ jobId: 1, status: 'sent', createdAt: at, sentAt: at + 1_000, deliveredAt: at + 3_000 }),
      job({ jobId: 2, status: 'failed', createdAt: at + 1 }),
      job({ jobId: 3, createdAt: at + 60_000 }),
      ...Array.from({ length: 10 }, (_, i) => job({ jobId: 4 + i, createdAt: at + 70_000 })),
    );
    const html = await (await browser.get('/admin/status')).text();
    expect(html).toContain(new Date(at + 60_000).toISOString());
    const shown = [...html.matchAll(/id="job-(\d+)"/g)].map(([, id]) => Number(id));
    expect(shown).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
  });

  it('brings its style and script along, and neither writes markup', async () => {
    const entries = await readdir('public', { recursive: true, withFileTypes: true });
    const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
    for (const file of files.map((each) => relative('public', each))) {
      const response = await fetch(`${gateway.url}/assets/${file}`);
      // Without the sandbox its own files are not there.
      expect([file, response.status]).toEqual([file, file.startsWith('sandbox') ? 404 : 200]);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const text = await readFile(join('public', file), 'utf8');
      expect(text).not.toMatch(/innerHTML|document\.write|\beval\(|https?:\/\/(?!www\.w3\.org)/);
    }
    for (const path of ['/assets/', '/assets/../package.json', '/assets/..%2fpackage.json']) {
      expect((await fetch(gateway.url + path)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('an address that does not exist is a page for people and JSON for programs', async () => {
    const page = await browser.get('/admin/nowhere');
    expect(page.status).toBe(404);
    expect(page.headers.get('content-type')).toContain('text/html');
    const json = await browser.get('/admin/nowhere', { Accept: '*/*' });
    expect(await json.json()).toMatchObject({ code: 'not_found' });
  });
});

describe('the buttons', () => {
  it.each([
    ['/admin/api/session/reload', 'reload'],
    ['/admin/api/session/logout', 'logout'],
    ['/admin/api/queue/pause', 'pause'],
    ['/admin/api/queue/resume', 'resume'],
  ])('%s acts and answers with the status', async (path, call) => {
    const response = await browser.postJson(path);
    expect(response.status).toBe(200);
    const paused = call === 'pause';
    const pausedAt = paused ? new Date(gateway.clock.now()).toISOString() : null;
    expect(await response.json()).toMatchObject({ state: 'READY', paused, pausedAt });
    // The queue is the real one, the sender is not.
    expect(gateway.calls).toEqual(path.includes('session') ? [call] : []);
  });

  it('a pairing code is asked for with a phone number', async () => {
    const path = '/admin/api/session/pairing-code';
    const response = await browser.postJson(path, { phoneNumber: '+491701234567' });
    expect(await response.json()).toEqual({ pairingCode: 'ABCD1234' });
    expect(gateway.calls).toEqual(['pairing-code +491701234567']);
    for (const body of [{}, { phoneNumber: '0170 1234567' }, null, []]) {
      const refused = await browser.postJson(path, body);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ code: 'phone_number_invalid' });
    }
  });

  it.each([
    ['as a contact list copies it', '\u202a+49 170 1234567\u202c'],
    ['with the dashes of word processors', '+49\u2011170\u20131234567'],
    ['in Arabic digits', '+٤٩١٧٠١٢٣٤٥٦٧'],
    ['in full-width digits and signs', '＋４９（１７０）１２３４５６７'],
  ])('a pairing code is asked for with a number %s', async (_name, phoneNumber) => {
    const response = await browser.postJson('/admin/api/session/pairing-code', { phoneNumber });
    expect(await response.json()).toEqual({ pairingCode: 'ABCD1234' });
    expect(gateway.calls).toEqual(['pairing-code +491701234567']);
  });

  it('a pairing code that cannot be had is explained', async () => {
    const path = '/admin/api/session/pairing-code';
    for (const [failure, status, code] of [
      [new AppError('conflict', 'The number is paired already.'), 409, 'conflict'],
      [new Error('socket closed'), 503, 'sender_unavailable'],
    ] as const) {
      gateway.pairingFails = failure;
      const response = await browser.postJson(path, { phoneNumber: '+491701234567' });
      expect(response.status).toBe(status);
      const body = (await response.json()) as { message: string; code: string };
      expect(body.code).toBe(code);
      expect(body.message).not.toContain('socket');
    }
  });

  it('a failed job is retried once; what cannot be retried says why', async () => {
    await gateway.addJobs(job({ jobId: 5, status: 'failed' }));
    expect((await browser.postJson('/admin/api/jobs/5/retry')).status).toBe(200);
    const again = await browser.postJson('/admin/api/jobs/5/retry');
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'job_not_retryable' });
    for (const id of ['6', 'x', '0']) {
      const missing = await browser.postJson(`/admin/api/jobs/${id}/retry`);
      expect(missing.status).toBe(404);
      expect(await missing.json()).toMatchObject({ code: 'job_not_found' });
    }
    expect(await browser.get('/admin/api/jobs/5').then((response) => response.json())).toMatchObject({
      status: 'pending',
      error: null,
      timeline: [
        { label: 'Requested' },
        { label: 'Failed' },
        { label: 'Retried by an operator', detail: 'by operator' },
      ],
    });
  });

  it('only answer POST', async () => {
    const response = await browser.get('/admin/api/session/reload');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(gateway.calls).toEqual([]);
  });
});

describe('GET /admin/api/stats', () => {
  const at = Date.parse('2026-01-01T00:00:00Z');

  it('has the counts, the last hour and day, and the course of a day', async () => {
    await gateway.addJobs(
      job({ jobId: 1, status: 'sent', sentAt: at, deliveredAt: at + 2_000 }),
      job({ jobId: 2, status: 'sent', sentAt: at }),
      job({ jobId: 3, status: 'failed' }),
      job({ jobId: 4, status: 'expired' }),
      job({ jobId: 5, createdAt: at - 60_000 }),
    );
    const stats = (await (await browser.get('/admin/api/stats')).json()) as Record<string, unknown>;
    const { series, ...figures } = stats;
    expect(figures).toMatchObject({
      pending: 1,
      processing: 0,
      sent: 2,
      failed: 1,
      expired: 1,
      coldOfDay: 0,
      oldestWaitingAt: '2025-12-31T23:59:00.000Z',
      lastHour: {
        sent: 2,
        delivered: 1,
        failed: 1,
        expired: 1,
        deliveryRate: 0.25,
        medianToHandsetMs: 2_000,
      },
      lastDay: { sent: 2, delivered: 1 },
      range: 'day',
    });
    expect(figures.projectedWaitMs).toBeTypeOf('number');
    const { stepMs, sent, failed } = series as { stepMs: number; sent: number[]; failed: number[] };
    expect([stepMs * sent.length, sent.at(-1), failed.at(-1)]).toEqual([86_400_000, 2, 2]);
  });

  it.each([
    ['hour', 3_600_000],
    ['day', 86_400_000],
    ['week', 7 * 86_400_000],
  ])('covers a %s on request', async (range, ms) => {
    const response = await browser.get(`/admin/api/stats?range=${range}`);
    const { series } = (await response.json()) as { series: { stepMs: number; [name: string]: unknown } };
    for (const name of ['at', 'sent', 'delivered', 'failed']) {
      expect(series[name]).toHaveLength(ms / series.stepMs);
    }
  });

  it('knows no other range', async () => {
    for (const range of ['month', 'HOUR', '__proto__', 'constructor', '1', "day'--", 'day%00']) {
      const response = await browser.get(`/admin/api/stats?range=${range}`);
      expect([range, response.status]).toEqual([range, 400]);
      expect(await response.json()).toEqual({
        message: 'Bad Request: "range" must be hour, day or week.',
        code: 'bad_request',
      });
    }
    expect((await browser.get('/admin/api/stats?range=')).status).toBe(200);
  });
});
