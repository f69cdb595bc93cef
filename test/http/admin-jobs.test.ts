import { describe, expect, it } from 'vitest';
import { codeHash } from '../support/secrets.js';
import { shapesIn } from '../support/shapes.js';
import { job } from './harness.js';
import { fiveJobs, NOW, NUMBERS } from './jobs.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';

useLoggedIn();

interface List {
  jobs: { jobId: number; phoneNumber: string }[];
  total: number;
  atLeast: boolean;
  page: number;
  pageSize: number;
  searchedTo: { jobId: number; createdAt: string } | null;
  indexing: { upTo: number; of: number } | null;
}

const WHO = { actor: 'operator', address: '127.0.0.1' };

const OLD_JOB = {
  account: 'default',
  channel: 'whatsapp',
  purpose: 'gateway',
  recipient: '+201001234567',
  code_hash: 'hash',
  status: 'sent' as const,
  run_at: NOW,
  created_at: NOW,
  finished_at: NOW,
  expires_at: NOW,
};

async function list(query = ''): Promise<List> {
  const response = await browser.get(`/admin/api/jobs${query}`);
  expect([query, response.status]).toEqual([query, 200]);
  return (await response.json()) as List;
}

const ids = async (query: string) => (await list(query)).jobs.map(({ jobId }) => jobId);
const numbered = (count: number) =>
  Array.from({ length: count }, (_, at) => job({ jobId: at + 1, status: 'sent', createdAt: NOW + at }));

describe('the list', () => {
  it('is of one caller on request, also for what is done to all of it', async () => {
    const hook = await gateway.hooks.create({ preset: 'generic', name: 'Our Keycloak' }, WHO);
    const caller = `hook:${hook.hook.id}`;
    const other = '+966501112233';
    await gateway.addJobs(
      job({ jobId: 1, status: 'sent', caller }),
      job({ jobId: 2, status: 'sent' }),
      job({ jobId: 3, status: 'sent', caller, phoneNumber: other }),
      job({ jobId: 4, caller }),
      job({ jobId: 5, status: 'sent', caller: null }),
    );
    expect(await ids(`?caller=${caller}`)).toEqual([4, 3, 1]);
    expect(await ids(`?caller=${caller}&status=sent`)).toEqual([3, 1]);
    expect(await ids(`?caller=${caller}&status=pending`)).toEqual([4]);
    expect(await ids(`?caller=${caller}&q=${encodeURIComponent(other)}`)).toEqual([3]);
    expect(await ids('?caller=env')).toEqual([2]);
    expect(await ids('?caller=hook:gone')).toEqual([]);
    const page = await (await browser.get(`/admin/jobs?caller=${caller}`)).text();
    expect(page).toContain(`<option value="${caller}" selected>Our Keycloak (hook)`);
    expect(page).toContain('data-label="By">Our Keycloak (hook)');
    expect(await (await browser.get('/admin/jobs/3')).text()).toContain('Our Keycloak (hook)');
    expect((await browser.get(`/admin/api/jobs?caller=${'x'.repeat(101)}`)).status).toBe(400);

    const bulk = await browser.get(`/admin/api/jobs/bulk?caller=${caller}`);
    expect(await bulk.json()).toMatchObject({ deletable: 2 });
    const deleted = await browser.postJson('/admin/api/jobs/delete', { caller, upTo: 5 });
    expect(await deleted.json()).toMatchObject({ count: 2 });
    expect(await ids('')).toEqual([5, 4, 2]);
  });

  it('is newest first, 25 a page, every number masked', async () => {
    await gateway.addJobs(...fiveJobs());
    const { jobs, ...rest } = await list();
    expect(jobs.map(({ jobId }) => jobId)).toEqual([5, 4, 3, 2, 1]);
    expect(rest).toEqual({
      total: 5,
      atLeast: false,
      page: 1,
      pageSize: 25,
      searchedTo: null,
      indexing: null,
    });
    expect(jobs[3]).toEqual({
      jobId: 2,
      caller: 'env',
      channel: 'whatsapp',
      phoneNumber: '+20********11',
      status: 'failed',
      createdAt: '2025-12-30T00:00:00.000Z',
      claimedAt: null,
      sentAt: null,
      deliveredAt: null,
      readAt: null,
      otp_expires_at: '2025-12-30T00:05:00.000Z',
      attempts: 0,
      error: { code: 'not_on_whatsapp', message: '100% out of reach_really' },
      retry: 'expired',
    });
  });

  it('shows a whole number nowhere unless it is asked for', async () => {
    await gateway.addJobs(...fiveJobs());
    for (const path of [
      '/admin/status',
      '/admin/jobs',
      '/admin/jobs?q=555000',
      '/admin/jobs/2',
      '/admin/api/jobs',
      '/admin/api/jobs/2',
      '/admin/api/stats',
    ]) {
      const text = await (await browser.get(path)).text();
      for (const number of NUMBERS) expect([path, text.includes(number.slice(1))]).toEqual([path, false]);
    }
  });

  it.each([
    ['', [5, 4, 3, 2, 1]],
    ['?status=failed', [2]],
    ['?status=pending', [5]],
    ['?status=&q=&since=&from=&to=&page=&pageSize=', [5, 4, 3, 2, 1]],
    ['?since=1h', [5, 4]],
    ['?since=24h', [5, 4, 3]],
    ['?since=7d', [5, 4, 3, 2]],
    ['?since=7d&status=sent', [3]],
    ['?from=2025-12-30', [5, 4, 3, 2]],
    ['?from=2025-12-30T00:00:00.001Z', [5, 4, 3]],
    ['?to=2025-12-30T00:00:00Z', [1]],
    ['?to=2025-12-30T00:00:00.001Z', [2, 1]],
    ['?from=2025-12-31T22:00&to=2025-12-31T23:59:30', [4, 3]],
    ['?from=2026-01-01T01:59%2B02:00', [5, 4]],
    ['?from=2026-01-01&to=2026-01-01', []],
    ['?since=1h&to=2025-12-31T23:59:30Z', [4]],
    ['?q=+20155', [2]],
    ['?q=%2B20155', [2]],
    ['?q=out%20of%20reach', [2]],
    ['?q=not_on_whatsapp', [2]],
    ['?q=1234567&status=sent', [3]],
    ['?q=nobody', []],
    ['?q=20&before=3', [2, 1]],
    ['?q=20&before=1', []],
    ['?before=3', [5, 4, 3, 2, 1]],
    ['?unknown=1&__proto__=x&constructor=y&status=failed', [2]],
    ['?status=failed&status=sent', [2]],
    ['?%73tatus=failed', [2]],
  ])('%s means the jobs %j', async (query, expected) => {
    await gateway.addJobs(...fiveJobs());
    expect(await ids(query)).toEqual(expected);
    const html = await (await browser.get(`/admin/jobs${query}`)).text();
    expect([...html.matchAll(/id="job-(\d+)"/g)].map(([, id]) => Number(id))).toEqual(expected);
  });

  it('finds an exact code and words of the message, and shows the message without the code', async () => {
    await gateway.addJobs(...fiveJobs());
    await shapesIn(gateway.store).idOf('Your code is ••••••.');
    await gateway.store
      .updateTable('jobs')
      .set({ code_hash: codeHash('048151'), message_shape: 1 })
      .where('id', '=', 3)
      .execute();
    expect(await ids('?q=048151')).toEqual([3]);
    expect(await ids('?q=04815')).toEqual([]);
    expect(await ids('?q=your+code')).toEqual([3]);
    const story = (await (await browser.get('/admin/api/jobs/3')).json()) as { message: string };
    expect(story.message).toBe('Your code is ••••••.');
    expect(await (await browser.get('/admin/jobs/3')).text()).not.toContain('048151');
  });

  it('of a search that ended early says where, and goes on from there', async () => {
    await gateway.addJobs(...numbered(1));
    const rest = Array.from({ length: 2_999 }, (_, at) => ({ ...OLD_JOB, id: at + 2, message_id: `M${at}` }));
    for (let at = 0; at < rest.length; at += 500) {
      await gateway.store
        .insertInto('jobs')
        .values(rest.slice(at, at + 500))
        .execute();
    }
    const first = await list('?q=20');
    expect(first).toMatchObject({ atLeast: true, indexing: null });
    expect(first.searchedTo?.createdAt).toBe('2026-01-01T00:00:00.000Z');
    const before = first.searchedTo?.jobId ?? 0;
    expect(first.total).toBe(3_001 - before);
    const older = await list(`?q=20&before=${before}`);
    expect(older).toMatchObject({ total: before - 1, atLeast: false, searchedTo: null });
    expect(older.jobs[0]?.jobId).toBe(before - 1);

    const html = await (await browser.get('/admin/jobs?q=20&page=2&status=')).text();
    expect(html).toContain(`of at least ${first.total.toLocaleString('en')}`);
    expect(html).toContain(`href="/admin/jobs?q=20&amp;status=&amp;before=${before}"`);
    const nothing = await (await browser.get('/admin/jobs?q=77')).text();
    expect(nothing).toContain('No match among the jobs searched so far.');
    expect(nothing).toContain(`before=${before}"`);
  });

  it('tells how far the search index is while it is to be built', async () => {
    await gateway.addJobs(job({ jobId: 40_000, status: 'sent', createdAt: NOW }));
    expect((await list()).indexing).toEqual({ upTo: 0, of: 40_000 });
    const html = await (await browser.get('/admin/jobs')).text();
    expect(html).toContain('up to job #0 of #40,000');
    await gateway.store.updateTable('search_progress').set({ up_to: 36_863 }).execute();
    expect((await list()).indexing).toBeNull();
    expect(await (await browser.get('/admin/jobs')).text()).not.toContain('The search index');
  });

  it('is empty in words', async () => {
    expect(await list()).toEqual({
      jobs: [],
      total: 0,
      atLeast: false,
      page: 1,
      pageSize: 25,
      searchedTo: null,
      indexing: null,
    });
    const response = await browser.get('/admin/jobs?status=failed&page=7');
    expect(response.status).toBe(200);
    expect(await response.text()).not.toContain('NaN');
  });
});

describe('pages of the list', () => {
  it('go on without a gap, and end with the last one', async () => {
    await gateway.addJobs(...numbered(60));
    const seen: number[] = [];
    for (const page of [1, 2, 3]) seen.push(...(await ids(`?page=${page}`)));
    expect(seen).toEqual(Array.from({ length: 60 }, (_, at) => 60 - at));
    for (const page of ['4', '999', '9'.repeat(12), '9'.repeat(400)]) {
      const beyond = await list(`?page=${page}&status=sent`);
      expect(beyond).toMatchObject({ page: 3, total: 60 });
      expect(beyond.jobs).toHaveLength(10);
    }
    const html = await (await browser.get('/admin/jobs?page=4')).text();
    expect(html).toMatch(/51–60 of 60/);
  });

  it('have at most 100 jobs', async () => {
    await gateway.addJobs(...numbered(101));
    for (const [asked, got] of [
      ['50', 50],
      ['100', 100],
      ['101', 100],
      ['9'.repeat(30), 100],
    ] as const) {
      const { jobs, pageSize } = await list(`?pageSize=${asked}`);
      expect([jobs.length, pageSize]).toEqual([got, got]);
    }
  });

  it('keep the rest of the address in their links; another filter starts at the first page', async () => {
    await gateway.addJobs(...numbered(60));
    const html = await (
      await browser.get('/admin/jobs?status=sent&q=%2B2010&pageSize=25&page=2&from=2025-01-01&odd=%22%3E')
    ).text();
    const links = [...html.matchAll(/href="(\/admin\/jobs\?[^"]*)"/g)].map(
      ([, href = '']) =>
        new URL(href.replaceAll('&amp;', '&').replaceAll('&#38;', '&'), gateway.url).searchParams,
    );
    const next = links.find((query) => query.get('page') === '3');
    expect(Object.fromEntries(next ?? [])).toEqual({
      status: 'sent',
      q: '+2010',
      pageSize: '25',
      from: '2025-01-01',
      odd: '">',
      page: '3',
    });
    const failed = links.find((query) => query.get('status') === 'failed');
    expect([failed?.get('q'), failed?.get('from'), failed?.has('page')]).toEqual([
      '+2010',
      '2025-01-01',
      false,
    ]);
  });

  it('show a filter as it is understood: times in UTC', async () => {
    const html = await (
      await browser.get('/admin/jobs?from=2026-01-01T10:00%2B02:00&to=2026-01-02T00:00')
    ).text();
    expect(html).toContain('2026-01-01T08:00');
    expect(html).toContain('2026-01-02T00:00:00.000Z');
    expect(html).not.toContain('2026-01-01T10:00');
  });
});

describe('a bad parameter', () => {
  it.each([
    ['status', 'done'],
    ['status', 'SENT'],
    ['status', "sent' OR '1'='1"],
    ['status', '__proto__'],
    ['since', '1d'],
    ['since', 'constructor'],
    ['from', 'yesterday'],
    ['from', '2026-02-31'],
    ['from', '1'],
    ['from', 'x 1'],
    ['from', '(<b>) 2026'],
    ['from', '2026-13-01T00:00:00Z'],
    ['from', '2026-01-01T25:00'],
    ['from', '+275760-09-13T00:00:00.001Z'],
    ['to', "2026-01-01'; DROP TABLE jobs; --"],
    ['to', '2026-01-01T00:00:00Z[UTC]'],
    ['page', '0'],
    ['page', '-1'],
    ['page', '1.5'],
    ['page', '1e3'],
    ['page', '0x10'],
    ['page', 'NaN'],
    ['page', '1 OR 1=1'],
    ['page', '١'],
    ['pageSize', '0'],
    ['pageSize', 'Infinity'],
    ['pageSize', '25;--'],
    ['q', 'x'.repeat(101)],
    ['before', '0'],
    ['before', '#12'],
  ])('%s=%s is refused by name, and on the page in words', async (name, value) => {
    await gateway.addJobs(...fiveJobs());
    const query = `?${new URLSearchParams({ ...(name === 'before' && { q: '20' }), [name]: value })}`;
    const json = await browser.get(`/admin/api/jobs${query}`);
    expect(json.status).toBe(400);
    const { message, code } = (await json.json()) as { message: string; code: string };
    expect(code).toBe('bad_request');
    expect(message).toMatch(new RegExp(`^Bad Request: "${name}" must `));
    expect((await browser.get(`/admin/api/jobs/bulk${query}`)).status).toBe(400);

    const page = await browser.get(`/admin/jobs${query}`);
    expect(page.status).toBe(400);
    const html = await page.text();
    expect(html).toContain(message.replace('Bad Request: ', '').replaceAll('"', '&#34;'));
    expect(html).toContain('id="job-5"');
    // What was refused is in no link, or the way out would lead back.
    for (const [, href = ''] of html.matchAll(/href="\/admin\/jobs\?([^"]*)"/g)) {
      expect(new URLSearchParams(href.replaceAll('&amp;', '&')).get(name)).not.toBe(value);
    }
  });

  it('from after to is refused', async () => {
    const response = await browser.get('/admin/api/jobs?from=2026-01-02&to=2026-01-01');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      message: 'Bad Request: "from" must not be later than "to".',
    });
  });
});
