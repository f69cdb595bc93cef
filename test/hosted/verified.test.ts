import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, SARA, type World, wrong } from '../api/verifications.js';
import { createBrowser } from '../http/browser.js';
import { DATABASES } from '../support/databases.js';

describe.each(DATABASES)('a verification on its page, on %s', (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(kind);
  });
  afterAll(() => world.close());

  it('is approved by the code that came, in the browser that opened it, and only there', async () => {
    const started = await world.start({ locale: 'es', action: 'entrar' });
    const path = new URL(String(started.body.pageUrl)).pathname;
    const browser = createBrowser(world.gateway);
    const page = async () => await (await browser.get(path)).text();
    expect(await page()).toContain('Introduce tu código');
    expect((await createBrowser(world.gateway).get(path)).status).toBe(403);

    const code = await world.codeOn(SARA);
    expect(world.messagesTo(SARA).at(-1)).toMatch(/^\d{6} es tu código de verificación \(entrar\)\./);
    const post = async (to: string, fields = {}) =>
      (await browser.postForm(`${path}/${to}`, { _csrf: await browser.token(path), ...fields })).headers.get(
        'location',
      );
    expect(await post('check', { code: wrong(code) })).toBe(`${path}?notice=wrong`);
    expect(await post('resend')).toMatch(/\?notice=wait&seconds=\d\d$/);
    await world.gateway.clock.advance(31_000);
    expect(await post('resend')).toBe(`${path}?notice=resent`);
    expect(await world.codeOn(SARA, 2)).toBe(code);
    expect(world.messagesTo(SARA).map((text) => /por (\d+) minutos/.exec(text)?.[1])).toEqual(['10', '9']);

    const stream = await browser.get(`${path}/events?version=old`);
    expect(await post('check', { code })).toBe(path);
    await world.gateway.clock.advance(1_000);
    expect(await stream.text()).toContain('event: change');
    expect(await page()).toContain('Confirmado');
    expect((await world.get(`/${started.body.id}`)).body).toMatchObject({
      status: 'approved',
      checksLeft: 4,
    });
  });

  it('gives the browser that was shown the page, and no other, what the back end can compare', async () => {
    const key = await world.gateway.callers.keys.create(
      {
        ...{ name: 'shop', scopes: ['verify'], allowedIps: null, expiresAt: null },
        limits: {
          ...{ perMinute: null, codesPerMinute: null, codesPerHour: null, perDay: null, perCountry: null },
        },
        returnUrls: ['https://shop.test/'],
      },
      { actor: 'me', address: '::1' },
    );
    const own = { 'X-API-KEY': key.key };
    const to = '+201001234570';
    const { body } = await world.start({ to, returnUrl: 'https://shop.test/done' }, own);
    const path = new URL(String(body.pageUrl)).pathname;
    const browser = createBrowser(world.gateway);
    expect(await (await browser.get(path)).text()).not.toContain('returnProof');
    expect((await world.get(`/${body.id}`, own)).body).not.toHaveProperty('returnProof');
    const code = await world.codeOn(to);
    await browser.postForm(`${path}/check`, { _csrf: await browser.token(path), code });
    const { returnProof } = (await world.get(`/${body.id}`, own)).body;
    expect(returnProof).toMatch(/^[\w-]{22}$/);
    expect(await (await browser.get(path)).text()).toContain(
      `https://shop.test/done?verification=${body.id}&amp;returnProof=${returnProof}`,
    );
    expect(await (await createBrowser(world.gateway).get(path)).text()).not.toContain(String(returnProof));
  });

  it('ends on the page as it ends elsewhere, and a day later the page is gone', async () => {
    const { body } = await world.start({ to: '+201001234569' });
    const path = new URL(String(body.pageUrl)).pathname;
    const browser = createBrowser(world.gateway);
    await browser.get(path);
    await world.post(`/${body.id}/cancel`);
    expect(await (await browser.get(path)).text()).toContain('This was canceled');
    world.gateway.clock.step(25 * 60 * 60_000);
    expect((await browser.get(path)).status).toBe(404);
  });

  it('counts what is asked for again on the page as codes of the key', async () => {
    const { callers, clock } = world.gateway;
    const limits = { perMinute: null, codesPerMinute: null, codesPerHour: null, perDay: 2, perCountry: null };
    const { key } = await callers.keys.create(
      { name: 'app', scopes: ['verify'], allowedIps: null, limits, expiresAt: null, returnUrls: null },
      { actor: 'test', address: '192.0.2.7' },
    );
    const own = { 'X-API-KEY': key };
    const { body } = await world.start({ to: '+201001234570' }, own);
    const path = new URL(String(body.pageUrl)).pathname;
    const browser = createBrowser(world.gateway);
    await browser.get(path);
    const resend = async () => {
      clock.step(30_000);
      const _csrf = await browser.token(path);
      return (await browser.postForm(`${path}/resend`, { _csrf })).headers.get('location');
    };
    expect(await resend()).toBe(`${path}?notice=resent`);
    expect(await resend()).toMatch(/\?notice=wait&seconds=\d+$/);
    expect(await world.start({ to: '+201001234571' }, own)).toMatchObject({ body: { code: 'rate_limited' } });
  });
});
