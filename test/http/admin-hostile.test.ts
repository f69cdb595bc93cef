import { describe, expect, it } from 'vitest';
import { job } from './harness.js';
import { fiveJobs } from './jobs.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';
import { exchange } from './raw.js';

useLoggedIn();

async function ids(query: string): Promise<number[]> {
  const response = await browser.get(`/admin/api/jobs${query}`);
  expect([query, response.status]).toEqual([query, 200]);
  return ((await response.json()) as { jobs: { jobId: number }[] }).jobs.map(({ jobId }) => jobId);
}

const search = (q: string) => `?q=${encodeURIComponent(q)}`;

describe('whatever is searched for', () => {
  const HOSTILE = [
    '%',
    '_',
    '%%%',
    "'",
    '"',
    '\\',
    "' OR 1=1 --",
    '" OR ""="',
    "'; DROP TABLE jobs; --",
    '1) UNION SELECT sql FROM sqlite_master --',
    'x AND body:*',
    'NEAR(a b)',
    'a" OR "b',
    '***',
    '^$',
    '-sent',
    '#{7*7}',
    '{{7*7}}',
    '<%= 7*7 %>',
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '🙂🙂🙂',
    '\u202egnp.exe',
    'ＡＢＣ',
    'é'.repeat(100),
    '\u0300'.repeat(100),
    'x'.repeat(100),
    '\ufffd\ufffd\ufffd',
  ];

  it('is found only where it stands, and shown only as text', async () => {
    for (const [at, q] of HOSTILE.entries()) {
      const error = { code: 'x', message: `before ${q} after` };
      await gateway.addJobs(job({ jobId: at + 1, status: 'failed', error, phoneNumber: `+2010000000${at}` }));
    }
    await gateway.addJobs(job({ jobId: 100, status: 'failed', error: { code: 'y', message: 'plain' } }));
    const contains = (text: string, q: string) =>
      text.normalize().toLowerCase().includes(q.normalize().toLowerCase());
    for (const q of HOSTILE) {
      const expected = HOSTILE.flatMap((each, at) => (contains(`before ${each} after`, q) ? [at + 1] : []));
      expect([q, await ids(`${search(q)}&pageSize=100`)]).toEqual([q, expected.reverse()]);
      const page = await browser.get(`/admin/jobs${search(q)}`);
      expect([q, page.status]).toEqual([q, 200]);
      const html = await page.text();
      expect(html).not.toContain('<script>alert');
      expect(html).not.toMatch(/<img src=x/);
      expect(html).not.toContain('49</');
      const bulk = (await (await browser.get(`/admin/api/jobs/bulk${search(q)}`)).json()) as {
        deletable: number;
      };
      expect([q, bulk.deletable]).toEqual([q, expected.length]);
    }
    expect(await ids('?pageSize=100')).toHaveLength(HOSTILE.length + 1);
  });

  it('a NUL is nothing, bytes that are no text are no fault', async () => {
    await gateway.addJobs(...fiveJobs());
    expect(await ids('?q=%00')).toEqual([5, 4, 3, 2, 1]);
    expect(await ids('?q=reach%00')).toEqual([2]);
    expect(await (await browser.get('/admin/jobs?q=%00')).text()).not.toContain('Jobs that match');
    for (const q of ['%ff', '%ED%A0%80', '%C0%80', '%', '%zz', '%u0041', '+', '&&&=&']) {
      expect((await browser.get(`/admin/api/jobs?q=${q}`)).status).toBe(200);
      expect((await browser.get(`/admin/jobs?q=${q}`)).status).toBe(200);
    }
  });

  it('is refused when the address is longer than any address', async () => {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const ask = (path: string) =>
      exchange(
        gateway.url,
        `GET ${path} HTTP/1.1\r\nHost: test\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
      );
    expect((await ask(`/admin/api/jobs?${'a=1&'.repeat(3_000)}`)).status).toBe(200);
    expect((await ask(`/admin/api/jobs?q=${'a'.repeat(12_000)}`)).status).toBe(400);
    const huge = await ask(`/admin/api/jobs?q=${'a'.repeat(20_000)}`);
    expect(huge.status).toBe(431);
    expect(JSON.parse(huge.body)).toMatchObject({ code: 'headers_too_large' });
  });
});

describe('other methods', () => {
  const READ = [
    'status',
    'jobs',
    'jobs/1',
    'audit',
    'api/status',
    'api/stats',
    'api/jobs',
    'api/jobs/1',
    'api/jobs/bulk',
  ];

  it('HEAD answers like GET, without a body', async () => {
    await gateway.addJobs(job());
    for (const path of [...READ, 'events']) {
      const response = await fetchAs('HEAD', path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(await response.text()).toBe('');
    }
    expect(gateway.listeners()).toBe(0);
  });

  it('PUT, PATCH, DELETE and OPTIONS are refused as JSON, and change nothing', async () => {
    await gateway.addJobs(job({ status: 'failed' }));
    const written = [
      'api/jobs/1/retry',
      'api/jobs/1/delete',
      'api/jobs/retry',
      'api/jobs/delete',
      'api/queue/pause',
    ];
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of [...READ, ...written, 'events', 'logout']) {
        const response = await fetchAs(method, path);
        const refused = path.startsWith('api/') && method !== 'OPTIONS' ? [403] : [405];
        expect([method, path, refused.includes(response.status)]).toEqual([method, path, true]);
        expect(await response.json()).toHaveProperty('code');
      }
    }
    expect(await ids('?status=failed')).toEqual([1]);
    expect((await browser.get('/admin/api/jobs/1/retry')).status).toBe(405);
    expect((await browser.get('/admin/logout')).headers.get('allow')).toBe('POST');
  });

  function fetchAs(method: string, path: string) {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return fetch(`${gateway.url}/admin/${path}`, { method, redirect: 'manual', headers: { Cookie: cookie } });
  }
});
