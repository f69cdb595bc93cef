import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SENDER_STATES } from '../../src/channels/sender.js';
import { AppError } from '../../src/errors.js';
import { type Browser, createBrowser } from './browser.js';
import { type Gateway, job, startGateway } from './harness.js';

let gateway: Gateway;
let browser: Browser;
beforeEach(async () => {
  gateway = await startGateway();
  browser = createBrowser(gateway);
  await browser.logIn();
  gateway.calls.length = 0;
});
afterEach(() => gateway.close());

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
    expect(html).toMatch(/<li class="failed"><b>1<\/b>/);
    expect(html).toContain('#12');
    expect(html).toContain('Out of reach.');
    expect(html).toContain('data-post="/admin/api/jobs/11/retry"');
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
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&lt;img src=x');
    const json = await browser.get('/admin/api/status');
    expect(json.headers.get('content-type')).toContain('application/json');
    expect(json.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('brings its style and script along, and neither writes markup', async () => {
    for (const file of await readdir('public')) {
      const response = await fetch(`${gateway.url}/assets/${file}`);
      expect(response.status).toBe(200);
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
    expect(await response.json()).toMatchObject({ state: 'READY', paused: call === 'pause' });
    expect(gateway.calls).toEqual([call]);
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
    expect(gateway.calls).toEqual(['retry 5']);
  });

  it('do nothing without the token, and nothing for another site', async () => {
    const tries: Record<string, string>[] = [
      { 'X-CSRF-Token': '' },
      { 'X-CSRF-Token': 'f'.repeat(64) },
      { Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of tries) {
      for (const path of [
        'session/reload',
        'session/logout',
        'session/pairing-code',
        'jobs/1/retry',
        'queue/pause',
      ]) {
        const response = await browser.postJson(
          `/admin/api/${path}`,
          { phoneNumber: '+491701234567' },
          headers,
        );
        expect(response.status).toBe(403);
        expect(await response.json()).toMatchObject({ code: 'csrf_token_invalid' });
      }
    }
    expect(gateway.calls).toEqual([]);
  });

  it('only answer POST', async () => {
    const response = await browser.get('/admin/api/session/reload');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(gateway.calls).toEqual([]);
  });
});

describe('figures', () => {
  it('counts and the last jobs come as JSON, numbers masked', async () => {
    await gateway.addJobs(...Array.from({ length: 30 }, (_, i) => job({ jobId: 30 - i, status: 'sent' })));
    expect(await (await browser.get('/admin/api/stats')).json()).toEqual({
      pending: 0,
      processing: 0,
      sent: 30,
      failed: 0,
      expired: 0,
    });
    const { jobs } = (await (await browser.get('/admin/api/jobs')).json()) as {
      jobs: { jobId: number; phoneNumber: string }[];
    };
    expect(jobs).toHaveLength(25);
    expect(jobs[0]).toMatchObject({ jobId: 30, phoneNumber: '+20********67', status: 'sent' });
  });
});
