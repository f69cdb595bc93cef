import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.js';
import { WORDS } from '../../src/hosted/words/index.js';
import { LANGUAGES } from '../../src/otp/texts/languages.js';
import { createKeyedHash } from '../../src/sealing.js';
import { type Browser, createBrowser } from '../http/browser.js';
import { DATABASES } from '../support/databases.js';
import { CODE, type Pages, startPages, writesFirst } from './world.js';

describe.each(DATABASES)('a hosted page on %s', (kind) => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await startPages(kind);
  });
  afterAll(() => pages.close());

  const newBrowser = () => createBrowser(pages);
  const textAt = async (browser: Browser, path: string) => await (await browser.get(path)).text();
  /** As the form of the page sends it. */
  async function post(browser: Browser, path: string, to: string, fields: Record<string, string> = {}) {
    return await browser.postForm(`${path}/${to}`, { _csrf: await browser.token(path), ...fields });
  }

  it('belongs to the browser that opens it first, and shows and does nothing in any other', async () => {
    const { id, path } = await pages.begin({ returnUrl: 'https://shop.test/done' });
    const [hers, his] = [newBrowser(), newBrowser()];
    const first = await hers.get(path);
    expect(first.status).toBe(200);
    expect(await first.text()).toContain('+20••••••••67');

    const elsewhere = await his.get(path);
    expect(elsewhere.status).toBe(403);
    const text = await elsewhere.text();
    expect(text).toContain(WORDS.en.heading.elsewhere);
    for (const secret of ['••', 'sign in', 'shop.test', 'WhatsApp', path.slice(3)]) {
      expect(text).not.toContain(secret);
    }
    expect(his.cookies.size).toBe(0);
    his.cookies.set('otp_page', 'A'.repeat(22));
    const token = await hers.token(path);
    expect((await his.get(`${path}/events`)).status).toBe(403);
    expect((await his.postForm(`${path}/check`, { _csrf: token, code: CODE })).status).toBe(403);
    expect((await his.postForm(`${path}/resend`, { _csrf: token })).status).toBe(403);
    expect(pages.found(id)).toMatchObject({ status: 'pending', checksLeft: 5 });
    expect((await hers.get(path)).status).toBe(200);
  });

  it('of twenty browsers at once, one gets it', async () => {
    const { path } = await pages.begin();
    const answers = await Promise.all(Array.from({ length: 20 }, () => newBrowser().get(path)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(19);
  });

  it('is not taken by HEAD, nor by what is fetched ahead, nor by whoever draws its QR', async () => {
    const { path } = await pages.begin();
    pages.change((await pages.begin()).id, {});
    const messenger = newBrowser();
    expect((await fetch(pages.url + path, { method: 'HEAD' })).status).toBe(200);
    for (const headers of [{ 'Sec-Purpose': 'prefetch;prerender' }, { Purpose: 'prefetch' }]) {
      expect((await messenger.get(path, headers)).status).toBe(503);
    }
    expect((await messenger.get(`${path}/qr.svg`)).status).toBe(404);
    expect(messenger.cookies.size).toBe(0);
    const hers = newBrowser();
    expect((await hers.get(path)).status).toBe(200);
    expect((await hers.get(path, { 'Sec-Purpose': 'prefetch' })).status).toBe(200);
    expect((await messenger.get(path, { 'Sec-Purpose': 'prefetch' })).status).toBe(403);
  });

  it('takes the code as people type it, and says what is wrong with it', async () => {
    const { id, path } = await pages.begin();
    const browser = newBrowser();
    await browser.get(path);
    const wrong = await post(browser, path, 'check', { code: '111111' });
    expect([wrong.status, wrong.headers.get('location')]).toEqual([303, `${path}?notice=wrong`]);
    expect(await textAt(browser, `${path}?notice=wrong`)).toContain('Tries left: 4');
    for (const [code, notice] of [
      ['', 'missing'],
      ['12', 'wrong'],
      ['abcdef', 'wrong'],
    ]) {
      const { headers } = await post(browser, path, 'check', { code: code ?? '' });
      expect(headers.get('location')).toBe(`${path}?notice=${notice}`);
    }
    expect(pages.found(id).checksLeft).toBe(4);
    const _csrf = await browser.token(path);
    const right = await post(browser, path, 'check', { code: ' ٠٤٨-٢١٣ ' });
    expect(right.headers.get('location')).toBe(path);
    expect(await textAt(browser, path)).toContain(WORDS.en.heading.approved);
    const late = await browser.postForm(`${path}/check`, { _csrf, code: CODE });
    expect(late.headers.get('location')).toBe(path);
  });

  it('takes no form from another site, and none without the token of the page', async () => {
    const { id, path } = await pages.begin();
    const browser = newBrowser();
    const other = await pages.begin();
    const stranger = newBrowser();
    await stranger.get(other.path);
    const [own, foreign] = [await browser.token(path), await stranger.token(other.path)];
    const send = async (_csrf: string, headers: Record<string, string>) =>
      (await browser.postForm(`${path}/check`, { _csrf, code: '111111' }, headers)).status;
    expect(await send('', {})).toBe(403);
    expect(await send(foreign, {})).toBe(403);
    expect(await send(own, { 'Sec-Fetch-Site': 'same-site', Origin: 'null' })).toBe(403);
    expect(await send(own, { Origin: 'https://evil.test' })).toBe(403);
    expect(pages.found(id).checksLeft).toBe(5);
    expect(await send(own, { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' })).toBe(303);
    expect(await send(own, { Origin: pages.url })).toBe(303);
  });

  it('sends again, by another channel as well, and says how long to wait', async () => {
    const { path } = await pages.begin({ route: ['whatsapp', 'sms', 'telegram'] });
    const browser = newBrowser();
    expect(await textAt(browser, path)).toMatch(/Send again in <time[^>]*>0:27<\/time>/);
    expect((await post(browser, path, 'resend')).headers.get('location')).toBe(`${path}?notice=resent`);
    expect(await textAt(browser, path)).toMatch(/value="sms"[\s\S]*value="telegram"/);
    await post(browser, path, 'resend', { channel: 'sms' });
    expect(pages.resends.slice(-2).map(({ channel }) => channel)).toEqual([null, 'sms']);
    expect(await textAt(browser, path)).toMatch(/value="whatsapp"/);

    pages.refuse(new AppError('rate_limited', 'Later.', { retryAfterSeconds: 61.2 }));
    const { headers } = await post(browser, path, 'resend');
    expect(headers.get('location')).toBe(`${path}?notice=wait&seconds=62`);
    expect(await textAt(browser, `${path}?notice=wait&seconds=62`)).toContain('Please wait 1:02');
    pages.refuse(new AppError('sender_banned', 'Banned.'));
    expect((await post(browser, path, 'resend')).headers.get('location')).toBe(`${path}?notice=notNow`);
    pages.refuse(null);
  });

  it('offers no way that has failed, and none when no sends are left', async () => {
    const failed = {
      ...{ jobId: null, channel: 'whatsapp', cause: 'start' as const, at: 0, sentAt: null },
      status: 'failed' as const,
      ...{ deliveredAt: null, readAt: null, error: { code: 'not_on_whatsapp', message: '' } },
    };
    const { id, path } = await pages.begin({ channel: 'sms', attempts: [failed] });
    const browser = newBrowser();
    expect(await textAt(browser, path)).not.toContain('value="whatsapp"');
    pages.change(id, { sendsLeft: 0, canResendAt: null });
    expect(await textAt(browser, path)).not.toContain('/resend"');
  });

  it('counts what a browser does, over all of its pages', async () => {
    const browser = newBrowser();
    for (let page = 0; page < 6; page++) {
      const { path } = await pages.begin();
      for (let n = 0; n < 5; n++) await post(browser, path, 'check', { code: '111111' });
    }
    const { id, path } = await pages.begin();
    const { headers } = await post(browser, path, 'check', { code: CODE });
    expect(headers.get('location')).toBe(`${path}?notice=wait&seconds=600`);
    expect(pages.found(id)).toMatchObject({ status: 'pending', checksLeft: 5 });
  });

  it('leads whoever wrote first to WhatsApp, with the QR for anybody, and says when another number wrote', async () => {
    const { id, path } = await pages.begin();
    pages.change(id, writesFirst(path));
    const browser = newBrowser();
    const page = await textAt(browser, path);
    expect(page).toContain(`href="${pages.found(id).userFirst?.link.replaceAll('&', '&amp;')}"`);
    expect(page).toContain(`<img src="${path}/qr.svg"`);
    expect(page).toContain('I am signing in to Acme. K7PQX-M4RTW');
    expect(page).toContain('\u2066+12025550100\u2069');
    expect(page).toContain('name="code"');
    const qr = await fetch(`${pages.url}${path}/qr.svg`);
    expect([qr.status, qr.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
    expect(qr.headers.getSetCookie()).toEqual([]);

    pages.change(id, { lastProblem: 'sender_mismatch' });
    expect(await textAt(browser, path)).toContain('The message came from another number.');
    pages.change(id, { lastProblem: 'sender_not_proven' });
    const notProven = await textAt(browser, path);
    expect(notProven).toContain(WORDS.en.notice.notProven);
    expect(notProven).not.toContain('another number');
    pages.change(id, { proof: 'message' });
    expect(await textAt(browser, path)).not.toContain('name="code"');
  });

  it('offers a new link once the one that was there is over, and says so when no sends are left', async () => {
    const { id, path } = await pages.begin();
    pages.change(id, { ...writesFirst(path), canResendAt: pages.clock.now() + 20_000 });
    const browser = newBrowser();
    expect(await textAt(browser, path)).not.toContain('/resend"');
    pages.change(id, { userFirst: null });
    expect(await textAt(browser, path)).toMatch(/\/resend"[\s\S]*data-then="Get a new link"/);
    pages.change(id, { canResendAt: pages.clock.now() });
    expect(await textAt(browser, path)).toMatch(/\/resend"[\s\S]*>Get a new link</);
    expect((await post(browser, path, 'resend')).headers.get('location')).toBe(path);
    pages.change(id, { sendsLeft: 0, canResendAt: null });
    const over = await textAt(browser, path);
    expect(over).not.toContain('/resend"');
    expect(over).toContain(WORDS.en.ending.startAgain);
  });

  it('tells an open page that something changed, and ends with the verification', async () => {
    const { id, path } = await pages.begin();
    const browser = newBrowser();
    await browser.get(path);
    const stream = await browser.get(`${path}/events?version=1`, { Accept: 'text/event-stream' });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    await expect.poll(() => pages.streams()).toBe(1);
    pages.change(id, { checksLeft: 3 });
    pages.change(id, { status: 'approved' });
    const text = await stream.text();
    expect(text).toMatch(/^retry: 2000\n\nevent: change\ndata: \{\}\n\n/);
    expect(text).not.toContain('approved');
    expect(pages.streams()).toBe(0);
  });

  it('has three streams at most in one browser: another one ends the oldest', async () => {
    const { id, path } = await pages.begin();
    const browser = newBrowser();
    await browser.get(path);
    const streams: Response[] = [];
    for (let n = 1; n <= 5; n++) {
      streams.push(await browser.get(`${path}/events?version=1`));
      await expect.poll(() => pages.streams()).toBe(Math.min(n, 3));
    }
    expect(await Promise.all(streams.slice(0, 2).map((stream) => stream.text()))).toEqual(
      Array(2).fill('retry: 2000\n\n'),
    );
    pages.change(id, { status: 'approved' });
    for (const stream of streams.slice(2)) expect(await stream.text()).toContain('event: change');
    expect(pages.streams()).toBe(0);
  });

  it('leads back with the name of the verification once it is approved, and to nothing but a web site', async () => {
    const browser = newBrowser();
    const { id, path } = await pages.begin({ returnUrl: 'https://shop.test/done?cart=7#top' });
    expect(await textAt(browser, path)).not.toContain('shop.test');
    pages.change(id, { status: 'approved' });
    const page = await textAt(browser, path);
    const back = `https://shop.test/done?cart=7&amp;verification=${id}#top`;
    expect(page).toContain(`<a class="button wide primary" href="${back}" data-leave`);
    expect(page).toContain(`<noscript><meta http-equiv="refresh" content="2;url=${back}"></noscript>`);
    pages.change(id, { status: 'expired' });
    expect(await textAt(browser, path)).not.toMatch(/data-leave|http-equiv/);
    pages.change(id, { status: 'approved', returnUrl: 'javascript:alert(1)' });
    expect(await textAt(browser, path)).not.toContain('javascript:');
  });

  it.each(LANGUAGES)('speaks %s where the caller or the browser says so', async (language) => {
    const direction = language === 'ar' ? 'rtl' : 'ltr';
    const said = await pages.begin({ locale: `${language}-001` });
    expect(await textAt(newBrowser(), said.path)).toContain(`<html lang="${language}" dir="${direction}">`);
    const { path } = await pages.begin({ locale: 'tlh' });
    const response = await newBrowser().get(path, { 'Accept-Language': `sv, ${language};q=0.8` });
    const page = await response.text();
    expect(page).toContain(`<html lang="${language}" dir="${direction}">`);
    expect(page).toContain(WORDS[language].confirm);
    expect(page).not.toMatch(/\{\{|undefined/);
  });

  it('is kept nowhere, found by nobody, and says nowhere where it was', async () => {
    const { path } = await pages.begin();
    const { headers } = await newBrowser().get(path);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-robots-tag')).toBe('noindex');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.getSetCookie()[0]).toMatch(/^otp_page=[\w-]{22};.* Path=\/v;.* HttpOnly; SameSite=Lax$/);
    const gone = await newBrowser().get('/v/nothing');
    expect([gone.status, await gone.text()]).toEqual([404, expect.stringContaining(WORDS.en.heading.gone)]);
    expect((await newBrowser().get(`${path.slice(0, -1)}${path.endsWith('A') ? 'Q' : 'A'}`)).status).toBe(
      404,
    );
  });

  it('leaves neither its address nor a code in the log', async () => {
    const { path } = await pages.begin();
    const browser = newBrowser();
    await browser.get(path);
    pages.refuse(new TypeError('broken') as unknown as AppError);
    const failed = await post(browser, path, 'resend');
    pages.refuse(null);
    expect(failed.status).toBe(500);
    expect(await failed.text()).toContain(WORDS.en.notice.notNow);
    const log = JSON.stringify(pages.faults);
    expect(log).toContain('/:token/resend');
    expect(log).not.toContain(path.slice(3));
  });
});

it('a form that was opened before the key changed is taken, and one under any other key is not', async () => {
  const [former, foreign] = ['b'.repeat(64), 'c'.repeat(64)];
  const pages = await startPages('sqlite', { formerKey: former });
  const { path } = await pages.begin();
  const browser = createBrowser(pages);
  await browser.get(path);
  const send = async (key: string) => {
    const _csrf = createKeyedHash(key, 'page-form')(browser.cookies.get('otp_page') ?? '');
    return (await browser.postForm(`${path}/check`, { _csrf, code: '111111' })).status;
  };
  expect([await send(foreign), await send(former)]).toEqual([403, 303]);
  await pages.close();
});

it('behind HTTPS the cookie is of this very host', async () => {
  const pages = await startPages('sqlite', { publicOrigin: 'https://otp.test', trustProxy: 1 });
  const { path } = await pages.begin();
  const { headers } = await createBrowser(pages).get(path, { 'X-Forwarded-Proto': 'https' });
  expect(headers.getSetCookie()[0]).toMatch(/^__Host-otp_page=.* Path=\/;.* HttpOnly; Secure; SameSite=Lax$/);
  await pages.close();
});
