import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { addCode, storedCode } from '../support/stored-codes.js';
import { type Browser, createBrowser } from './browser.js';
import { type Gateway, job, startGateway } from './harness.js';

const SARA = '+201001234567';
const HOUR_MS = 3_600_000;

describe.each(DATABASES)('whether we can write to somebody, on %s', (databaseKind) => {
  let gateway: Gateway;
  let browser: Browser;
  beforeAll(async () => {
    gateway = await startGateway({ databaseKind });
    browser = createBrowser(gateway);
    await browser.logIn();
  });
  afterAll(() => gateway.close());
  beforeEach(async () => {
    gateway.optedOut.clear();
    gateway.changeStatus({ openSince: gateway.clock.now(), restricted: false, state: 'READY' });
    await gateway.store.deleteFrom('recipients').execute();
  });

  const know = (facts: Record<string, number | string | null>) =>
    gateway.store
      .insertInto('recipients')
      .values({ account: 'default', recipient: SARA, ...facts })
      .execute();
  const look = async (query = `q=${encodeURIComponent(SARA)}`) => {
    const json = (await (await browser.get(`/admin/api/reach?${query}`)).json()) as Record<string, unknown>;
    const html = await (await browser.get(`/admin/reach?${query}`)).text();
    return { json, words: html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '), html };
  };

  it('yes, when the person has just written; and a code would begin there', async () => {
    const now = gateway.clock.now();
    await know({ wrote_at: now - HOUR_MS, reachable_until: now + 23 * HOUR_MS, jid: 'x', checked_at: now });
    const { json, words, html } = await look();
    expect(json).toMatchObject({
      phoneNumber: '+20********67',
      isReachable: true,
      isOnWhatsApp: true,
      isOptedOut: false,
      route: ['whatsapp'],
      begins: 'whatsapp',
      passedOver: [],
    });
    expect(words).toContain('Yes: reachable');
    expect(words).toContain('has written to us within 24 hours');
    expect(words).toContain('WhatsApp A code begins here');
    expect(html).toContain(`value="${SARA}"`);
    expect(html.replace(`value="${SARA}"`, '')).not.toContain(SARA);
  });

  it('yes, by a token; having written to the person long ago is not enough', async () => {
    const now = gateway.clock.now();
    await know({ token_at: now - HOUR_MS, reachable_until: now + HOUR_MS });
    expect((await look()).words).toContain('has given a token, which is still live');
    await gateway.store.deleteFrom('recipients').execute();
    await know({ first_accepted_at: now - HOUR_MS, token_at: 1, reachable_until: now - 1 });
    const { json, words } = await look();
    expect(json).toMatchObject({ isReachable: false, begins: 'whatsapp' });
    expect(words).toContain('Cold: only as a first message');
    expect(words).toContain('That messages were accepted before does not count.');
    expect(words).toContain('a verification offers that the person writes first');
  });

  it('not while WhatsApp is shut: what would be passed over, and why', async () => {
    gateway.changeStatus({ state: 'BANNED', need: 'banned', openSince: null });
    const { json, words } = await look();
    expect(json).toMatchObject({
      begins: null,
      passedOver: [{ channel: 'whatsapp', reason: 'sender_banned' }],
    });
    expect(words).toContain('Passed over. WhatsApp has banned the sending number.');
    gateway.changeStatus({ state: 'READY', need: null });
  });

  it('no, after STOP, after a refusal for this person alone, or without WhatsApp', async () => {
    const now = gateway.clock.now();
    await know({ refused_until: now + HOUR_MS, jid: 'x', checked_at: now });
    expect((await look()).words).toContain('No: refused for this person');
    await gateway.store.updateTable('recipients').set({ jid: null, refused_until: null }).execute();
    expect((await look()).words).toContain('No: not on WhatsApp');
    gateway.optedOut.add(SARA);
    expect((await look()).words).toContain('No: opted out');
  });

  it('is asked from a job and from a verification, whose number stays masked', async () => {
    await gateway.addJobs(job({ jobId: 1 }), job({ jobId: 2, channel: 'email', phoneNumber: 'a@b.cd' }));
    await addCode(gateway.store, storedCode());
    expect(await (await browser.get('/admin/jobs/1')).text()).toContain('href="/admin/reach?job=1"');
    expect(await (await browser.get('/admin/jobs/2')).text()).not.toContain('/admin/reach');
    const { id } = storedCode();
    expect(await (await browser.get(`/admin/verifications/${id}`)).text()).toContain(`verification=${id}`);
    for (const query of ['job=1', `verification=${id}`]) {
      const { json, html } = await look(query);
      expect(json.phoneNumber).toBe('+20********67');
      expect(html).not.toContain(SARA);
    }
    expect((await browser.get('/admin/reach?job=2')).status).toBe(404);
    expect((await browser.get('/admin/reach?verification=x')).status).toBe(404);
  });

  it('takes what people type, leaves nothing behind, and says what it cannot read', async () => {
    const counts = async () => [
      (await gateway.store.selectFrom('codes').select('id').execute()).length,
      (await gateway.store.selectFrom('jobs').select('id').execute()).length,
      (await gateway.store.selectFrom('limit_counts').selectAll().where('used', '>', 0).execute()).length,
    ];
    const before = await counts();
    expect((await look(`q=${encodeURIComponent('00 20 100-123-4567')}`)).json.phoneNumber).toBe(
      '+20********67',
    );
    expect(await counts()).toEqual(before);
    for (const q of ['12', '<b>', 'x'.repeat(101)]) {
      const response = await browser.get(`/admin/reach?q=${encodeURIComponent(q)}`);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain('<b>12');
    }
    expect((await browser.get('/admin/reach')).status).toBe(200);
    expect((await browser.get('/admin/api/reach')).status).toBe(400);
  });
});
