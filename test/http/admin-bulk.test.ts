import { describe, expect, it } from 'vitest';
import { bulkQuestions } from '../../src/admin/jobs/job-words.js';
import { auditedActions } from './audited.js';
import { job } from './harness.js';
import { failed, NOW } from './jobs.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';

useLoggedIn();

const audited = () => auditedActions(gateway);
const statuses = async () =>
  (await gateway.store.selectFrom('jobs').select(['id', 'status']).orderBy('id').execute()).map(
    ({ id, status }) => [id, status],
  );
const bulk = async (query = '') =>
  (await (await browser.get(`/admin/api/jobs/bulk${query}`)).json()) as Record<string, number>;

describe('all jobs of a filter', () => {
  it.each([
    ['', 'failed'],
    ['reach', 'failed that match a search'],
  ])('(search: "%s") are counted, then retried, and none that came meanwhile', async (q, target) => {
    await gateway.addJobs(
      failed(1),
      failed(2),
      failed(3, { expiresAt: NOW }),
      job({ jobId: 4, status: 'sent' }),
    );
    const preview = await bulk(`?status=failed&q=${q}`);
    expect(preview).toEqual({ retryable: 2, deletable: 3, atLeast: false, upTo: 4 });
    const asked = await browser.get(`/admin/api/jobs/bulk/questions?status=failed&q=${q}`);
    expect(await asked.json()).toEqual({
      upTo: 4,
      ...bulkQuestions({ retryable: 2, deletable: 3, atLeast: false }),
    });
    await gateway.addJobs(failed(5));
    const response = await browser.postJson('/admin/api/jobs/retry', {
      status: 'failed',
      q,
      upTo: preview.upTo,
    });
    expect(await response.json()).toEqual({ count: 2, message: '2 jobs back in the queue.' });
    expect(await statuses()).toEqual([
      [1, 'pending'],
      [2, 'pending'],
      [3, 'failed'],
      [4, 'sent'],
      [5, 'failed'],
    ]);
    expect(await audited()).toEqual([{ action: 'jobs_retried', target, detail: '2 jobs' }]);
  });

  it('are deleted, and none that came meanwhile, is open or does not match', async () => {
    await gateway.addJobs(
      failed(1, { createdAt: NOW - 90 * 60_000 }),
      failed(2),
      job({ jobId: 3 }),
      job({ jobId: 4, status: 'sent' }),
    );
    const filter = { since: '1h', to: '2026-01-01T00:00:01Z' };
    const preview = await bulk(`?${new URLSearchParams(filter)}`);
    expect(preview).toMatchObject({ deletable: 2, upTo: 4 });
    await gateway.addJobs(failed(5));
    const response = await browser.postJson('/admin/api/jobs/delete', { ...filter, upTo: preview.upTo });
    expect(await response.json()).toEqual({ count: 2, message: '2 jobs deleted.' });
    expect((await statuses()).map(([id]) => id)).toEqual([1, 3, 5]);
    expect(await audited()).toEqual([
      { action: 'jobs_deleted', target: 'all of the last 1h to 2026-01-01T00:00:01.000Z', detail: '2 jobs' },
    ]);
  });

  it('are many in one entry of the log', async () => {
    await gateway.addJobs(...Array.from({ length: 250 }, (_, at) => failed(at + 1)));
    const answers = await Promise.all(
      [1, 2, 3].map(() => browser.postJson('/admin/api/jobs/delete', { upTo: 250 })),
    );
    const counts = await Promise.all(
      answers.map(async (each) => ((await each.json()) as { count: number }).count),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(250);
    expect(await statuses()).toEqual([]);
    const details = (await audited()).map(({ detail }) => Number.parseInt(detail ?? '', 10));
    expect(details.filter((count) => count > 0).reduce((sum, count) => sum + count, 0)).toBe(250);
  });

  it('may be none, which is nothing to write down', async () => {
    await gateway.addJobs(job());
    for (const action of ['retry', 'delete']) {
      const response = await browser.postJson(`/admin/api/jobs/${action}`, {
        q: 'nothing like this',
        upTo: 1,
      });
      expect([response.status, await response.json()]).toMatchObject([200, { count: 0 }]);
    }
    expect(await audited()).toEqual([]);
  });

  it('are not touched by a body that is not understood', async () => {
    await gateway.addJobs(failed(1));
    const bodies: unknown[] = [
      null,
      [],
      [{ upTo: 1 }],
      1,
      'text',
      true,
      {},
      { status: 'failed' },
      { upTo: '1' },
      { upTo: -1 },
      { upTo: 1.5 },
      { upTo: null },
      { upTo: [1] },
      { upTo: 2 ** 53 },
      { upTo: 1, status: 'all' },
      { upTo: 1, status: ['failed'] },
      { upTo: 1, status: { $ne: '' } },
      { upTo: 1, q: 1 },
      { upTo: 1, q: {} },
      { upTo: 1, q: 'x'.repeat(101) },
      { upTo: 1, since: '2h' },
      { upTo: 1, from: 0 },
      { upTo: 1, from: 'now' },
      { upTo: 1, state: 'failed' },
      { upTo: 1, page: 1 },
      JSON.parse('{"__proto__": {"upTo": 1}}'),
      JSON.parse('{"upTo": 1, "__proto__": {"status": "failed"}}'),
      JSON.parse('{"constructor": {"prototype": {"upTo": 1}}}'),
      JSON.parse(`${'['.repeat(4_000)}${']'.repeat(4_000)}`),
    ];
    for (const action of ['retry', 'delete']) {
      for (const body of bodies) {
        const response = await browser.postJson(`/admin/api/jobs/${action}`, body);
        expect([body, response.status]).toEqual([body, 400]);
        expect(await response.json()).toMatchObject({ code: 'bad_request' });
      }
    }
    expect(await statuses()).toEqual([[1, 'failed']]);
    expect(Object.hasOwn(Object.prototype, 'upTo')).toBe(false);
  });

  it('nor by one that is too long, no JSON, or of another kind', async () => {
    await gateway.addJobs(failed(1));
    const token = await browser.token('/admin/status');
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    for (const [body, headers, status] of [
      [JSON.stringify({ upTo: 1, q: 'x'.repeat(11_000) }), {}, 413],
      ['{"upTo": 1', {}, 400],
      ['', {}, 400],
      ['{"upTo": 1}', { 'Content-Type': 'text/plain' }, 415],
      ['upTo=1', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
      ['{"upTo": 1}', { 'Content-Encoding': 'gzip' }, 400],
      ['{"upTo": 1}', { 'Content-Encoding': 'x-none' }, 415],
      ['{"upTo": 1}', { 'Content-Type': 'application/json; charset=x-none' }, 415],
    ] as const) {
      for (const action of ['retry', 'delete']) {
        const response = await fetch(`${gateway.url}/admin/api/jobs/${action}`, {
          method: 'POST',
          body,
          headers: { Cookie: cookie, 'X-CSRF-Token': token, 'Content-Type': 'application/json', ...headers },
        });
        expect([body.slice(0, 20), headers, response.status]).toEqual([body.slice(0, 20), headers, status]);
        expect(await response.json()).toHaveProperty('message');
      }
    }
    expect(await statuses()).toEqual([[1, 'failed']]);
  });

  it('are found by a search, not by what it does to a database', async () => {
    await gateway.addJobs(failed(1, { error: { code: 'x', message: 'Out of reach.' } }), failed(2));
    for (const q of ["' OR 1=1 --", '%', '_', "x'; DELETE FROM jobs; --", '\ud800', 'reach\udfff']) {
      for (const action of ['retry', 'delete']) {
        const response = await browser.postJson(`/admin/api/jobs/${action}`, { q, upTo: 2 });
        expect([q, response.status, await response.json()]).toMatchObject([q, 200, { count: 0 }]);
      }
    }
    expect(await statuses()).toHaveLength(2);
  });
});
