export interface Read {
  what: string;
  path: string;
}

const PAGE_SIZE = 50;
const DAY_MS = 86_400_000;

/** What an operator looks at. @param someone the number of a person who had a code long ago. */
export function readsOf(world: { now: number; jobs: number; someone: string }): Read[] {
  const { now, jobs, someone } = world;
  const iso = (daysAgo: number) => new Date(now - daysAgo * DAY_MS).toISOString();
  const last = String(Math.ceil(jobs / PAGE_SIZE));
  const days = { from: iso(12), to: iso(10) };
  const list = (what: string, query: Record<string, string>): Read => ({
    what,
    path: `/admin/api/jobs?${new URLSearchParams({ pageSize: String(PAGE_SIZE), ...query })}`,
  });
  const page = (what: string, path: string): Read => ({
    what: `the page of ${what}`,
    path: `/admin/${path}`,
  });
  return [
    ...['hour', 'day', 'week'].map((range) => ({
      what: `figures and chart, ${range}`,
      path: `/admin/api/stats?range=${range}`,
    })),
    list('the first page', {}),
    list('the page in the middle', { page: String(Math.floor(Number(last) / 2)) }),
    list('the last page', { page: last }),
    list('failed, the first page', { status: 'failed' }),
    list('failed, the last page', { status: 'failed', page: last }),
    list('the last 24 hours', { since: '24h' }),
    list('the last 7 days, the last page', { since: '7d', page: last }),
    list('failed on two days of last week', { status: 'failed', ...days }),
    list('search: a whole phone number', { q: someone }),
    list('search: the end of a phone number', { q: someone.slice(-7) }),
    list('search: the part of a phone number that all have', { q: '+20 10' }),
    list('search: three digits', { q: '471' }),
    list('search: an exact code', { q: '4711' }),
    list('search: words of the message', { q: 'verification code' }),
    list('search: the message with its code', { q: 'Your code is 4711.' }),
    list('search: an error', { q: 'not registered on WhatsApp' }),
    list('search: an error, two days of last week', { q: 'superseded', ...days }),
    list('search: failed, with a common number', { q: '+2010', status: 'failed' }),
    list('search: two digits', { q: '47' }),
    list('search: nothing found', { q: '+20 10 9999 9999 9' }),
    { what: 'the story of a job', path: `/admin/api/jobs/${Math.floor(jobs / 2)}` },
    { what: 'what a bulk action on failed jobs would touch', path: '/admin/api/jobs/bulk?status=failed' },
    { what: 'what one on a search would touch', path: '/admin/api/jobs/bulk?q=superseded' },
    page('the status', 'status'),
    page('jobs', 'jobs'),
    page('jobs, with a search', 'jobs?q=4711'),
    page('users', 'users'),
    page('the audit log', 'audit'),
  ];
}

export const WHILE_BUILDING = ({ what }: Read) => /^(the first page|search: .*)$/.test(what);
