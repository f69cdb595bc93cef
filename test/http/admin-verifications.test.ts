import { describe, expect, it } from 'vitest';
import { addCode, storedCode } from '../support/stored-codes.js';
import { auditedActions } from './audited.js';
import { job } from './harness.js';
import { NOW } from './jobs.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';

useLoggedIn();

const ID = 'ver_AAAAAAAAAAAAAAAAAAAAAA';
const page = async (path: string) => await (await browser.get(path)).text();
const text = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');

/** Over WhatsApp, where the number is not known, then over SMS, where it arrives. */
async function fellOver() {
  await gateway.addJobs(
    job({
      jobId: 1,
      status: 'failed',
      createdAt: NOW + 1_000,
      error: { code: 'not_on_whatsapp', message: 'This number is not registered on WhatsApp.' },
    }),
    job({ jobId: 2, channel: 'sms', status: 'sent', sentAt: NOW + 4_000, deliveredAt: NOW + 6_000 }),
  );
  await gateway.store.updateTable('jobs').set({ code_id: ID }).execute();
  await addCode(
    gateway.store,
    storedCode({ step: 1, tries: 2, status: 'approved', ended_at: NOW + 9_000, action: 'sign in' }),
    [
      { at: NOW, job_id: 1 },
      { at: NOW + 3_000, channel: 'sms', cause: 'step', job_id: 2 },
    ],
  );
}

describe('one verification', () => {
  it('tells every step, and why it was taken', async () => {
    await fellOver();
    const story = (await (await browser.get(`/admin/api/verifications/${ID}`)).json()) as {
      timeline: { label: string; detail: string | null; jobId: number | null }[];
    };
    expect(story).toMatchObject({ status: 'approved', contact: '+20********67', checksLeft: 3 });
    expect(story.timeline.map(({ label, detail }) => [label, detail])).toEqual([
      ['Started', 'Route: WhatsApp, then SMS.'],
      ['Began over WhatsApp', null],
      ['Failed over WhatsApp', 'This number is not registered on WhatsApp.'],
      ['Went on to SMS', 'Because it failed over WhatsApp: This number is not registered on WhatsApp.'],
      ['Sent over SMS', 'The provider has taken the message.'],
      ['Delivered over SMS', null],
      ['Approved', 'The right code came back.'],
    ]);
    const html = await page(`/admin/verifications/${ID}`);
    const words = text(html);
    for (const each of [
      'sign in',
      'Checks left 3',
      'Caller API_KEY',
      'WhatsApp This number is not registered on WhatsApp.',
      'SMS Delivered',
      'Went on to SMS',
    ]) {
      expect(words).toContain(each);
    }
    expect(html).toContain('<a href="/admin/jobs/2">');
    for (const secret of ['918273', 'secret-order', '203.0.113.7', '+201001234567']) {
      expect(html + JSON.stringify(story)).not.toContain(secret);
    }
    expect(await page('/admin/jobs/1')).toContain(`href="/admin/verifications/${ID}"`);
  });

  it('says why a channel was passed over, and what comes next', async () => {
    await gateway.addJobs(job({ jobId: 1, channel: 'email', status: 'processing' }));
    const route = '["whatsapp","email","sms"]';
    await addCode(gateway.store, storedCode({ route, step: 1, next_step_at: NOW + 60_000 }), [
      { error: 'sender_banned' },
      { channel: 'email', job_id: 1 },
    ]);
    const words = text(await page(`/admin/verifications/${ID}`));
    expect(words).toContain('WhatsApp passed over');
    expect(words).toContain('Passed over. WhatsApp has banned the sending number.');
    expect(words).toContain('E-mail Waits to be sent');
    expect(words).toContain('SMS Begins, unless something arrives before, 2026-01-01 00:01:00 UTC');
  });

  it('went on because nothing had arrived, withdrew what waited, and was sent again as one job', async () => {
    const withdrawn = { code: 'withdrawn', message: 'The next step began.' };
    await gateway.addJobs(
      job({ jobId: 1, status: 'failed', error: withdrawn, createdAt: NOW + 25_000 }),
      job({ jobId: 2, channel: 'sms' }),
    );
    await addCode(gateway.store, storedCode({ step: 1 }), [
      { job_id: 1 },
      { channel: 'sms', cause: 'step', at: NOW + 25_000, job_id: 2 },
      { channel: 'sms', cause: 'resend', at: NOW + 60_000, job_id: 2 },
    ]);
    const words = text(await page(`/admin/verifications/${ID}`));
    expect(words).toContain('WhatsApp withdrawn');
    expect(words).toContain('Because nothing had arrived over WhatsApp after 25 s.');
    expect(words).toContain('Sent again over SMS');
    expect(words).toContain('Somebody asked for it again.');
  });

  it('that is pending by its row, and over by the clock, has expired', async () => {
    await addCode(gateway.store, storedCode({ created_at: NOW - 700_000, expires_at: NOW - 100_000 }));
    const html = await page(`/admin/verifications/${ID}`);
    expect(html).toContain('· expired · Verification');
    expect(text(html)).toContain('The right code did not come back in time.');
  });

  it('of somebody else who checks it does not pretend to know', async () => {
    await addCode(gateway.store, storedCode({ id: 'c1', purpose: 'whatsapp-register', status: 'expired' }));
    const words = text(await page('/admin/verifications/c1'));
    expect(words).toContain('Sign-up, WhatsApp contract');
    expect(words).toContain('Its time is over. Whoever asked for it checked it.');
    expect(words).not.toContain('Checks left');
  });

  it('tells that the person was asked to write first, and did', async () => {
    const link = {
      code_id: ID,
      turn: 1,
      token_hash: 'hash-of-token',
      contact: '+201001234567',
      made_at: NOW,
      ends_at: NOW + 600_000,
    };
    await addCode(gateway.store, storedCode({ step: -1 }));
    await gateway.store
      .insertInto('links')
      .values({ ...link, mismatches: 1 })
      .execute();
    const asked = text(await page(`/admin/verifications/${ID}`));
    expect(asked).toContain('Wrote first not yet; from other numbers once');
    expect(asked).toContain('WhatsApp Waits for the person to write first');
    await gateway.store
      .updateTable('links')
      .set({ used_at: NOW + 20_000 })
      .execute();
    const html = await page(`/admin/verifications/${ID}`);
    expect(text(html)).toContain('Asked to write first');
    expect(text(html)).toContain('The person wrote');
    expect(text(html)).toContain('The code goes into that chat.');
    expect(html).not.toContain('hash-of-token');
  });

  it('says that its text came from another number', async () => {
    await addCode(gateway.store, storedCode({ last_problem: 'sender_mismatch' }));
    expect(text(await page(`/admin/verifications/${ID}`))).toContain('Its text came from another number');
  });

  it('is canceled once, with nothing more sent, and the audit log says so', async () => {
    await gateway.addJobs(job({ jobId: 1 }));
    await gateway.store.updateTable('jobs').set({ code_id: ID }).execute();
    await addCode(gateway.store, storedCode(), [{ job_id: 1 }]);
    expect(await page(`/admin/verifications/${ID}`)).toContain(`${ID}/cancel`);
    for (let times = 0; times < 2; times++) {
      const answer = await browser.postJson(`/admin/api/verifications/${ID}/cancel`);
      expect(await answer.json()).toMatchObject({ status: 'canceled' });
    }
    expect(await (await browser.get('/admin/api/jobs/1')).json()).toMatchObject({
      status: 'failed',
      error: { code: 'withdrawn' },
    });
    const words = text(await page(`/admin/verifications/${ID}`));
    expect(words).toContain('by its caller, an operator or the person');
    expect(words).not.toContain('Cancel…');
    expect(await auditedActions(gateway)).toEqual([
      { action: 'verification_canceled', target: `verification ${ID}`, detail: '+20********67' },
    ]);
  });

  it('that was approved cannot be canceled', async () => {
    await addCode(gateway.store, storedCode({ status: 'approved', ended_at: NOW }));
    const answer = await browser.postJson(`/admin/api/verifications/${ID}/cancel`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'verification_not_found' }]);
    expect(await auditedActions(gateway)).toEqual([]);
  });

  it('reveals its contact on request, and the audit log says so', async () => {
    await addCode(gateway.store, storedCode());
    const revealed = await browser.postJson(`/admin/api/verifications/${ID}/reveal`);
    expect(await revealed.json()).toMatchObject({
      contact: '+201001234567',
      message: 'The number is shown.',
    });
    expect(await auditedActions(gateway)).toEqual([
      { action: 'number_revealed', target: `verification ${ID}`, detail: '+20********67' },
    ]);
    expect(await page('/admin/audit')).toContain(`<a href="/admin/verifications/${ID}">`);
  });

  it('that does not exist is a page that says so', async () => {
    const missing = await browser.get('/admin/verifications/ver_%2e%2e');
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain('There is no such verification');
    expect((await browser.get('/admin/api/verifications/x')).status).toBe(404);
    expect((await browser.postJson('/admin/api/verifications/x/reveal')).status).toBe(404);
  });
});

describe('the list of verifications', () => {
  it('finds one by the id of the request that it goes back to, which its page tells', async () => {
    const requestId = '01987654-3210-7abc-8def-0123456789ab';
    await addCode(gateway.store, storedCode({ request_id: requestId }));
    await addCode(gateway.store, storedCode({ id: 'c2', contact: 'x@example.com' }));
    const found = (await (await browser.get(`/admin/api/verifications?q=${requestId}`)).json()) as object;
    expect(found).toMatchObject({ total: 1, verifications: [{ id: ID }] });
    expect(await page(`/admin/verifications/${ID}`)).toContain(requestId);
  });

  it('is a page, with what marks each, and a form that keeps its filter', async () => {
    await addCode(gateway.store, storedCode({ test_until: NOW + 1 }));
    await addCode(gateway.store, storedCode({ id: 'c2', contact: 'x@example.com', status: 'canceled' }));
    const html = await page('/admin/verifications');
    expect(text(html)).toContain('1–2 of 2');
    expect(html).toContain('Test number');
    expect(html).toContain('x***@e***.com');
    expect(html).not.toContain('918273');
    expect(html).toContain('<a href="/admin/verifications" aria-current="page">Verifications</a>');

    const some = await page('/admin/verifications?status=canceled&caller=env&q=example');
    expect(text(some)).toContain('1–1 of 1');
    expect(some).toContain('<option value="canceled" selected>');
    expect(some).toContain('href="/admin/verifications?status=canceled&amp;caller=env"');
    expect(text(await page('/admin/verifications?channel=sms'))).toContain('No verification matches');
  });

  it('as JSON has the same, masked', async () => {
    await addCode(gateway.store, storedCode());
    const list = (await (await browser.get('/admin/api/verifications?q=0100')).json()) as object;
    expect(list).toMatchObject({ total: 1, atLeast: false, page: 1, pageSize: 25 });
    expect(list).toHaveProperty('verifications.0', expect.objectContaining({ id: ID, isTest: false }));
    expect(JSON.stringify(list)).not.toMatch(/918273|secret-order|201001234567/);
  });

  it.each(['status=gone', 'page=x', `q=${'x'.repeat(101)}`, `caller=${'x'.repeat(101)}`])(
    'names what is wrong with ?%s, above all of them',
    async (query) => {
      await addCode(gateway.store, storedCode());
      expect((await browser.get(`/admin/api/verifications?${query}`)).status).toBe(400);
      const response = await browser.get(`/admin/verifications?${query}`);
      expect(response.status).toBe(400);
      expect(text(await response.text())).toContain('All verifications are shown instead.');
    },
  );

  it('shows whatever a caller said as text', async () => {
    const evil = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>';
    await addCode(
      gateway.store,
      storedCode({ action: evil, caller: evil, last_problem: evil, route: JSON.stringify([evil]) }),
      [{ channel: evil, error: evil }],
    );
    for (const path of [
      '/admin/verifications',
      `/admin/verifications/${ID}`,
      `/admin/verifications?channel=${encodeURIComponent(evil)}`,
    ]) {
      const html = await page(path);
      expect(html).toContain('&lt;script&gt;alert(1)');
      expect(html).not.toMatch(/<script>alert|<img src=x|="[^"]*"'>/);
    }
  });

  it('is for operators who are signed in', async () => {
    browser.cookies.clear();
    expect((await browser.get('/admin/verifications')).headers.get('location')).toBe('/admin/login');
    expect((await browser.get('/admin/api/verifications')).status).toBe(401);
  });
});
