import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.js';
import { auditedActions } from './audited.js';
import { createBrowser } from './browser.js';
import { ADMIN, job } from './harness.js';
import { failed, NOW } from './jobs.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';

useLoggedIn();

const audited = () => auditedActions(gateway);
const statuses = async () =>
  (await gateway.store.selectFrom('jobs').select(['id', 'status']).orderBy('id').execute()).map(
    ({ id, status }) => [id, status],
  );
describe('every button', () => {
  const BUTTONS = [
    'jobs/1/retry',
    'jobs/2/delete',
    'jobs/1/reveal',
    'jobs/retry',
    'jobs/delete',
    'session/reload',
    'session/logout',
    'session/pairing-code',
    'queue/pause',
    'queue/resume',
    'channels/whatsapp/pause',
    'verifications/x/reveal',
    'verifications/x/cancel',
  ];

  it('does nothing without the right token, and nothing for another site', async () => {
    await gateway.addJobs(failed(1), job({ jobId: 2, status: 'sent' }));
    const other = createBrowser(gateway);
    await other.logIn();
    const before = [await statuses(), await audited()];
    const tries: Record<string, string>[] = [
      { 'X-CSRF-Token': '' },
      { 'X-CSRF-Token': 'f'.repeat(64) },
      { 'X-CSRF-Token': await other.token('/admin/status') },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site', Origin: gateway.url },
    ];
    const body = { phoneNumber: '+491701234567', upTo: 2 };
    for (const headers of tries) {
      for (const button of BUTTONS) {
        const response = await browser.postJson(`/admin/api/${button}`, body, headers);
        expect([button, headers, response.status]).toEqual([button, headers, 403]);
        expect(await response.json()).toMatchObject({ code: 'csrf_token_invalid' });
      }
      const { 'X-CSRF-Token': _csrf = '', ...rest } = headers;
      expect((await browser.postForm('/admin/logout', { _csrf }, rest)).status).toBe(403);
    }
    expect([await statuses(), await audited()]).toEqual(before);
    expect(gateway.calls.filter((call) => call !== 'attend')).toEqual([]);
    expect((await browser.get('/admin/status')).status).toBe(200);
    expect(await (await browser.get('/admin/api/status')).json()).toMatchObject({ paused: false });
  });

  it('needs a session, whatever else is right', async () => {
    const stranger = createBrowser(gateway);
    const token = await stranger.token();
    for (const button of BUTTONS) {
      const response = await stranger.postJson(
        `/admin/api/${button}`,
        { upTo: 2 },
        { 'X-CSRF-Token': token },
      );
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ code: 'not_logged_in' });
    }
    expect(await audited()).toEqual([]);
  });

  it('takes the token from the header alone', async () => {
    const _csrf = await browser.token('/admin/status');
    for (const path of [`/admin/api/queue/pause?_csrf=${_csrf}`, '/admin/api/queue/pause']) {
      expect((await browser.postForm(path, { _csrf })).status).toBe(403);
    }
  });

  it('does what it says, and is written down', async () => {
    await gateway.addJobs(failed(1), job({ jobId: 2, status: 'sent', phoneNumber: '+966501234567' }));
    for (const [button, body, status] of [
      ['jobs/1/retry', {}, 200],
      ['jobs/2/reveal', {}, 200],
      ['jobs/2/delete', {}, 200],
      ['session/reload', {}, 200],
      ['session/logout', {}, 200],
      ['session/pairing-code', { phoneNumber: '+4915112345678' }, 200],
      ['queue/pause', {}, 200],
      ['queue/resume', {}, 200],
    ] as const) {
      expect([button, (await browser.postJson(`/admin/api/${button}`, body)).status]).toEqual([
        button,
        status,
      ]);
    }
    const me = '+49********67';
    expect(await audited()).toEqual([
      { action: 'job_retried', target: 'job 1', detail: null },
      { action: 'number_revealed', target: 'job 2', detail: '+96********67' },
      { action: 'job_deleted', target: 'job 2', detail: null },
      { action: 'session_reloaded', target: me, detail: null },
      { action: 'whatsapp_logged_out', target: me, detail: null },
      { action: 'pairing_code_requested', target: '+49*********78', detail: null },
      { action: 'queue_paused', target: me, detail: null },
      { action: 'queue_resumed', target: me, detail: null },
    ]);
  });
});

describe('one job', () => {
  it('is retried once, however often somebody clicks', async () => {
    await gateway.addJobs(failed(1));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.postJson('/admin/api/jobs/1/retry')),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)]);
    expect(await audited()).toHaveLength(1);
    const events = await gateway.store.selectFrom('job_events').select(['kind', 'detail']).execute();
    expect(events).toEqual([
      { kind: 'failed', detail: 'Out of reach.' },
      { kind: 'retried', detail: ADMIN.username },
    ]);
  });

  it('cannot be retried, and says why', async () => {
    const late = { expiresAt: NOW + 1_000 };
    await gateway.addJobs(
      job({ jobId: 1, status: 'sent' }),
      job({ jobId: 2, status: 'pending', phoneNumber: '+201000000002' }),
      job({ jobId: 3, status: 'expired', phoneNumber: '+201000000003' }),
      failed(4, late),
      failed(5, { phoneNumber: '+201555000111' }),
      failed(6, { phoneNumber: '+201555000111' }),
    );
    for (const [id, message] of [
      [1, 'Only a failed job can be retried; this one is sent.'],
      [2, 'Only a failed job can be retried; this one is pending.'],
      [3, 'The code of this job has expired; request a new one.'],
      [4, 'The code of this job has expired; request a new one.'],
      [5, 'A newer code has taken the place of this one.'],
    ] as const) {
      const response = await browser.postJson(`/admin/api/jobs/${id}/retry`);
      expect(response.status).toBe(409);
      expect(await response.json()).toEqual({ message, code: 'job_not_retryable' });
    }
    const page = await (await browser.get('/admin/jobs')).text();
    expect([...page.matchAll(/jobs\/(\d+)\/retry/g)].map(([, id]) => id)).toEqual(['6']);
    expect(await audited()).toEqual([]);
  });

  it('is deleted when it has ended, and then it is gone', async () => {
    await gateway.addJobs(job({ jobId: 1 }), job({ jobId: 2, status: 'processing' }), failed(3));
    for (const [id, status] of [
      [1, 'pending'],
      [2, 'processing'],
    ] as const) {
      const response = await browser.postJson(`/admin/api/jobs/${id}/delete`);
      expect(response.status).toBe(409);
      expect(await response.json()).toEqual({
        message: `Only a finished job can be deleted; this one is ${status}.`,
        code: 'job_not_deletable',
      });
    }
    const answers = await Promise.all([1, 2, 3, 4].map(() => browser.postJson('/admin/api/jobs/3/delete')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
    expect((await browser.get('/admin/jobs/3')).status).toBe(404);
    expect(await audited()).toEqual([{ action: 'job_deleted', target: 'job 3', detail: null }]);
  });

  it('shows its number on demand, and to nobody who may keep it', async () => {
    await gateway.addJobs(job({ jobId: 1 }));
    const response = await browser.postJson('/admin/api/jobs/1/reveal');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ jobId: 1, phoneNumber: '+201001234567' });
    expect((await browser.get('/admin/api/jobs/1/reveal')).status).toBe(405);
    const page = await (await browser.get('/admin/audit')).text();
    expect(page).toContain('+20********67');
    expect(page).not.toContain('1001234567');
  });
});

describe('the session and the queue', () => {
  it('pausing twice is pausing once', async () => {
    const pause = () => browser.postJson('/admin/api/queue/pause');
    await Promise.all([pause(), pause(), pause()]);
    const pausedAt = new Date(gateway.clock.now()).toISOString();
    await gateway.clock.advance(60_000);
    const again = await pause();
    expect([again.status, await again.json()]).toMatchObject([200, { paused: true, pausedAt }]);
    expect((await audited()).map(({ action }) => action)).toEqual(['queue_paused']);
    for (const _ of [1, 2]) await browser.postJson('/admin/api/queue/resume');
    expect((await audited()).map(({ action }) => action)).toEqual(['queue_paused', 'queue_resumed']);
  });

  it('pausing one channel leaves the others, and is written down once', async () => {
    for (let times = 0; times < 2; times++) {
      const answer = await browser.postJson('/admin/api/channels/whatsapp/pause');
      expect(await answer.json()).toMatchObject({ state: 'paused', obstacle: { code: 'channel_paused' } });
    }
    const { channels } = (await (await browser.get('/admin/api/channels')).json()) as { channels: object[] };
    expect(channels).toMatchObject([
      { name: 'whatsapp', costs: false, state: 'paused', pausedAt: '2026-01-01T00:00:00.000Z' },
      {
        name: 'email',
        state: 'shut',
        pausedAt: null,
        obstacle: { code: 'email_unavailable' },
        ofDay: { used: 1_234, cap: 1_500 },
      },
    ]);
    const html = await (await browser.get('/admin/status')).text();
    expect(html).toContain('data-post="/admin/api/channels/whatsapp/resume"');
    expect(html).toContain('Until the channel is resumed');
    expect(html).toContain('<span class="use warning">1,234 of 1,500 today</span>');
    expect(html).toContain('No mail server is configured');
    const resumed = await browser.postJson('/admin/api/channels/whatsapp/resume');
    expect(await resumed.json()).toMatchObject({ state: 'open', message: 'WhatsApp goes on.' });
    expect(await audited()).toEqual([
      { action: 'channel_paused', target: 'channel whatsapp', detail: null },
      { action: 'channel_resumed', target: 'channel whatsapp', detail: null },
    ]);
    expect(await (await browser.get('/admin/audit')).text()).toContain('<b>paused channel whatsapp</b>');
    expect((await browser.postJson('/admin/api/channels/telegram/pause')).status).toBe(404);
  });

  it.each(['reload', 'logout'])('two %s at the same time are one', async (action) => {
    let release = () => {};
    gateway.hold = new Promise((resolve) => {
      release = resolve;
    });
    const press = () => browser.postJson(`/admin/api/session/${action}`);
    const pressed = [press(), press(), press()];
    await expect.poll(() => gateway.calls.length, { interval: 5 }).toBe(1);
    // All three have arrived when a later request is answered.
    for (const _ of [1, 2, 3]) await browser.get('/admin/api/stats');
    release();
    for (const answer of pressed) expect((await answer).status).toBe(200);
    expect(gateway.calls).toEqual([action]);
    expect(await audited()).toHaveLength(1);
    await press();
    expect(await audited()).toHaveLength(2);
  });

  it('what did not happen is not written down, and can be tried again', async () => {
    let refuse = (_error: Error) => {};
    gateway.hold = new Promise((_, reject) => {
      refuse = reject;
    });
    const pressed = browser.postJson('/admin/api/session/reload');
    await expect.poll(() => gateway.calls.length, { interval: 5 }).toBe(1);
    refuse(new AppError('sender_unavailable', 'WhatsApp did not answer. Please try again.'));
    const refused = await pressed;
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ message: 'WhatsApp did not answer. Please try again.' });
    expect(await audited()).toEqual([]);
    gateway.hold = Promise.resolve();
    expect((await browser.postJson('/admin/api/session/reload')).status).toBe(200);
  });
});
