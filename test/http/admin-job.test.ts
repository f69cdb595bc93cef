import { describe, expect, it } from 'vitest';
import { shapesIn } from '../support/shapes.js';
import { job } from './harness.js';
import { fiveJobs, NOW } from './jobs.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';

useLoggedIn();

const search = (q: string) => `?q=${encodeURIComponent(q)}`;

describe('one job', () => {
  it('opens to its timeline', async () => {
    await gateway.addJobs(
      job({
        jobId: 7,
        status: 'sent',
        createdAt: NOW,
        claimedAt: NOW + 1_000,
        sentAt: NOW + 2_000,
        deliveredAt: NOW + 3_000,
        readAt: NOW + 9_000,
      }),
    );
    await gateway.store
      .insertInto('job_events')
      .values([
        { job_id: 7, at: NOW + 400, kind: 'claimed', detail: null },
        { job_id: 7, at: NOW + 500, kind: 'attempt_failed', detail: 'The socket closed.' },
        { job_id: 7, at: NOW + 550, kind: 'claimed', detail: null },
        { job_id: 7, at: NOW + 600, kind: 'waiting', detail: 'There is no connection to WhatsApp.' },
        { job_id: 7, at: NOW + 650, kind: 'failed', detail: 'All attempts are used up.' },
        { job_id: 7, at: NOW + 700, kind: 'retried', detail: 'admin' },
      ])
      .execute();
    const story = (await (await browser.get('/admin/api/jobs/7')).json()) as {
      timeline: { at: string; label: string; tone: string; detail: string | null }[];
    };
    expect(story).toMatchObject({ jobId: 7, purpose: 'gateway', message: null, retry: 'not_failed' });
    expect(story).toMatchObject({ attempts: 0, failedAttempts: 1 });
    expect(story.timeline.map(({ label, detail }) => [label, detail])).toEqual([
      ['Requested', null],
      ['Claimed', null],
      ['An attempt failed', 'The socket closed.'],
      ['Claimed', null],
      ['Back in the queue', 'There is no connection to WhatsApp.'],
      ['Failed', 'All attempts are used up.'],
      ['Retried by an operator', 'by admin'],
      ['Claimed', null],
      ['Sent', 'WhatsApp has accepted the message.'],
      ['Delivered', 'It has reached the handset.'],
      ['Read', null],
    ]);
    expect(story.timeline[0]).toEqual({
      at: '2026-01-01T00:00:00.000Z',
      label: 'Requested',
      tone: 'plain',
      detail: null,
    });
    const html = await (await browser.get('/admin/jobs/7')).text();
    expect(html).toContain('<dt>Failed attempts</dt><dd>1</dd>');
    for (const { at, label, detail } of story.timeline) {
      expect(html).toContain(at);
      expect(html).toContain(label);
      expect(html).toContain(detail ?? label);
    }
  });

  it('of a mail speaks of the mail server and of an address', async () => {
    await gateway.addJobs(
      job({ jobId: 1, channel: 'email', phoneNumber: 'asha@example.com', status: 'sent', sentAt: NOW }),
    );
    const story = await (await browser.get('/admin/api/jobs/1')).json();
    expect(story).toMatchObject({ channel: 'email', phoneNumber: 'as***@e***.com' });
    expect(JSON.stringify(story)).toContain('The mail server has accepted the mail.');
    for (const path of ['/admin/jobs/1', '/admin/jobs', '/admin/status']) {
      const html = await (await browser.get(path)).text();
      expect(html).toContain('Reveal the address of job #1');
      expect(html).not.toMatch(/asha@|WhatsApp has accepted/);
    }
    expect(await (await browser.get('/admin/jobs')).text()).toContain('not reported for e-mails');
    expect(await (await browser.postJson('/admin/api/jobs/1/reveal')).json()).toMatchObject({
      phoneNumber: 'asha@example.com',
      message: 'The address is shown.',
    });
    const audit = await (await browser.get('/admin/audit')).text();
    expect(audit).toContain('<b>revealed the address of</b> <a href="/admin/jobs/1">');
    expect(audit).not.toContain('asha@');
  });

  it('whose recipient has deleted the account says so, and reveals nothing', async () => {
    await gateway.addJobs(job({ jobId: 1, phoneNumber: null, status: 'sent', sentAt: NOW }));
    expect(await (await browser.get('/admin/api/jobs/1')).json()).toMatchObject({ phoneNumber: null });
    for (const path of ['/admin/jobs/1', '/admin/jobs', '/admin/status']) {
      const html = await (await browser.get(path)).text();
      expect(html).toContain('<span class="muted">deleted</span>');
      expect(html).not.toContain('Reveal the');
    }
    expect((await browser.postJson('/admin/api/jobs/1/reveal')).status).toBe(404);
  });

  it('shows a claim once, also when its attempt has come to nothing', async () => {
    await gateway.addJobs(job({ status: 'failed', claimedAt: NOW + 100 }));
    await gateway.store
      .insertInto('job_events')
      .values([
        { job_id: 1, at: NOW + 100, kind: 'claimed', detail: null },
        { job_id: 1, at: NOW + 100, kind: 'attempt_failed', detail: 'WhatsApp refused the message (479).' },
      ])
      .execute();
    const { timeline } = (await (await browser.get('/admin/api/jobs/1')).json()) as {
      timeline: { label: string }[];
    };
    expect(timeline.filter(({ label }) => label === 'Claimed')).toHaveLength(1);
    expect(timeline.at(-1)).toMatchObject({ label: 'An attempt failed' });
  });

  it('ends with why it failed', async () => {
    await gateway.addJobs(...fiveJobs());
    const timelineOf = async (id: number) =>
      ((await (await browser.get(`/admin/api/jobs/${id}`)).json()) as { timeline: object[] }).timeline;
    expect((await timelineOf(2)).at(-1)).toMatchObject({
      label: 'Failed',
      tone: 'bad',
      detail: '100% out of reach_really',
    });
    expect((await timelineOf(1)).at(-1)).toMatchObject({ label: 'Expired', detail: null });
    expect(await timelineOf(5)).toHaveLength(1);
  });

  it('shows whatever stands in it as text', async () => {
    const evil = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>';
    await gateway.addJobs(job({ status: 'failed', phoneNumber: evil, error: { code: evil, message: evil } }));
    await shapesIn(gateway.store).idOf(evil);
    await gateway.store.updateTable('jobs').set({ message_shape: 1, purpose: evil }).execute();
    await gateway.store
      .insertInto('job_events')
      .values({ job_id: 1, at: NOW, kind: 'attempt_failed', detail: evil })
      .execute();
    for (const path of ['/admin/jobs/1', '/admin/jobs', '/admin/status', `/admin/jobs${search(evil)}`]) {
      const html = await (await browser.get(path)).text();
      expect(html).toContain('&lt;script&gt;alert(1)');
      expect(html).not.toContain('<script>alert');
      expect(html).not.toContain('<img src=x');
      expect(html).not.toMatch(/="[^"]*"'>/);
    }
    const json = await browser.get('/admin/api/jobs/1');
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(json.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each(['2', '0', '-1', '01', '1.0', '1e0', 'x', '9'.repeat(16), '9'.repeat(400), "1'--", '__proto__'])(
    'there is none with the number %s',
    async (id) => {
      await gateway.addJobs(job());
      const gone = { message: 'There is no job with this number.', code: 'job_not_found' };
      const json = await browser.get(`/admin/api/jobs/${id}`);
      const page = await browser.get(`/admin/jobs/${id}`);
      expect(json.status).toBe(404);
      expect(await json.json()).toEqual(gone);
      expect(page.status).toBe(404);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(await page.text()).toContain(gone.message);
      expect((await browser.postJson(`/admin/api/jobs/${id}/reveal`)).status).toBe(404);
    },
  );

  it('no address has a NUL in it', async () => {
    for (const path of ['/admin/api/jobs/1%00', '/admin/api/users/a%00b', '/admin/api/keys/%00']) {
      const answer = await browser.get(path);
      expect([path, answer.status, await answer.json()]).toMatchObject([path, 404, { code: 'not_found' }]);
    }
  });

  it('a number of dots is not even an address of jobs: a browser takes them out, however they are written', async () => {
    await gateway.addJobs(job());
    expect((await browser.get('/admin/api/jobs/%2e%2e')).status).toBe(404);
    expect((await browser.get('/admin/jobs/%2e%2e')).status).toBe(302);
  });

  it('an address that cannot be decoded is a bad request, not a fault', async () => {
    for (const path of ['/admin/api/jobs/%ff', '/admin/jobs/%E0%A4%A', '/admin/api/jobs/%zz/retry']) {
      expect((await browser.get(path, { Accept: '*/*' })).status).toBe(400);
    }
  });
});
