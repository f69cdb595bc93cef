import { describe, expect, it } from 'vitest';
import { provenInOneStep } from '../../src/auth/accounts/proven.js';
import { signInParts } from '../support/auth.js';
import { auditedActions } from './audited.js';
import { createBrowser } from './browser.js';
import { NOW } from './jobs.js';
import { browser, gateway, useLoggedIn } from './logged-in.js';
import { ASHA, ASHA_EMAIL, addUsers, fourUsers, user } from './users.js';

useLoggedIn();

const EVIL = '<script>alert(1)</script>"\'><img src=x onerror=alert(1)>';
const ACTIONS = ['deactivate', 'reactivate', 'let-in', 'delete', 'reveal'];
const MASKED = '+62*********90';

interface List {
  users: { id: string }[];
  total: number;
  page: number;
  pageSize: number;
}

async function list(query = ''): Promise<List> {
  const response = await browser.get(`/admin/api/users${query}`);
  expect([query, response.status]).toEqual([query, 200]);
  return (await response.json()) as List;
}

const ids = async (query: string) => (await list(query)).users.map(({ id }) => id);
const text = async (path: string) => (await browser.get(path)).text();
const post = (id: string, action: string) => browser.postJson(`/admin/api/users/${id}/${action}`);

it('a number that went from one account to another is told of on both sides, masked', async () => {
  await fourUsers(gateway);
  const at = Date.parse('2026-01-02T03:04:05Z');
  const lost = { user_id: 'caro', phone: '+5511987654321', lost_to: 'asha', at };
  await gateway.store.insertInto('lost_numbers').values(lost).execute();
  const mark = { phone: '+55*********21', at: '2026-01-02T03:04:05.000Z' };
  const lostNumber = { ...mark, other: { id: 'asha', name: 'Asha Rao' } };
  const wonNumbers = [{ ...mark, other: { id: 'caro', name: 'Caro' } }];
  const { users } = await list();
  expect(users.find(({ id }) => id === 'caro')).toMatchObject({ lostNumber, wonNumbers: [] });
  expect(users.find(({ id }) => id === 'asha')).toMatchObject({ lostNumber: null, wonNumbers });
  expect(await (await browser.get('/admin/api/users/asha')).json()).toMatchObject({ wonNumbers });
  for (const path of ['/admin/users', '/admin/users/caro', '/admin/users/asha']) {
    expect(await text(path)).not.toContain('87654321');
  }
});

describe('the list of users', () => {
  it('is newest first, with how each signed up and what is verified, contacts masked', async () => {
    await fourUsers(gateway);
    const { users, ...rest } = await list();
    expect(users.map(({ id }) => id)).toEqual(['dev', 'caro', 'bert', 'asha']);
    expect(rest).toEqual({ total: 4, page: 1, pageSize: 25 });
    expect(users[3]).toEqual({
      id: 'asha',
      name: 'Asha Rao',
      contract: 'whatsapp',
      google: false,
      phone: MASKED,
      email: 'as***@e***.com',
      phoneVerified: true,
      emailVerified: false,
      twoFactor: false,
      state: 'active',
      createdAt: '2026-01-01T00:00:00.000Z',
      deactivatedAt: null,
      lastLoginAt: '2026-01-01T00:01:00.000Z',
      lastLoginAddress: '192.0.2.7',
      lostNumber: null,
      wonNumbers: [],
    });
    expect(users[2]).toMatchObject({
      contract: 'phone',
      email: null,
      emailVerified: false,
      lastLoginAt: null,
    });
    expect(users[1]).toMatchObject({ google: true, phone: null, phoneVerified: false, emailVerified: true });
    expect(users[0]).toMatchObject({ contract: 'two-factor', twoFactor: true, google: false });
    const html = await text('/admin/users');
    expect([...html.matchAll(/<tr id="user-(\w+)"/g)].map(([, id]) => id)).toEqual(users.map(({ id }) => id));
    for (const shown of ['Cookie contract, Google', 'not verified', 'from 192.0.2.7', 'Without a name']) {
      expect(html).toContain(shown);
    }
  });

  it('shows whole contacts and secrets nowhere', async () => {
    await fourUsers(gateway);
    for (const path of ['/admin/users', '/admin/users/asha', '/admin/api/users', '/admin/api/users/asha']) {
      const shown = await text(path);
      expect(shown).toContain(MASKED);
      for (const secret of ['argon2', ASHA.slice(1), ASHA_EMAIL, 'Secret Lane', 'epoch', 'password_hash']) {
        expect([path, secret, shown.includes(secret)]).toEqual([path, secret, false]);
      }
    }
  });

  it.each([
    ['', ['dev', 'caro', 'bert', 'asha']],
    ['?q=&page=&pageSize=', ['dev', 'caro', 'bert', 'asha']],
    ['?q=asha', ['asha']],
    ['?q=+62+812-3456', ['asha']],
    ['?q=%2B9198', ['bert']],
    ['?q=EXAMPLE.com', ['dev', 'caro', 'asha']],
    ['?q=CARO%40', ['caro']],
    ['?q=%E2%80%AA%2B62%E2%80%AF812%E2%80%913456%E2%80%AC', ['asha']],
    ['?q=%D9%A6%D9%A2%D9%A8%D9%A1%D9%A2', ['asha']],
    ['?q=0062+812', ['asha']],
    ['?q=%EF%BB%BFasha%E2%80%8B', ['asha']],
    ['?q=%E2%80%8B', ['dev', 'caro', 'bert', 'asha']],
    ['?q=%25', []],
    ['?q=nobody', []],
    ['?q=%00', ['dev', 'caro', 'bert', 'asha']],
    ['?unknown=1&__proto__=x&q=dev&q=asha', ['dev']],
  ])('%s finds %j', async (query, expected) => {
    await fourUsers(gateway);
    expect(await ids(query)).toEqual(expected);
    const html = await text(`/admin/users${query}`);
    expect([...html.matchAll(/<tr id="user-(\w+)"/g)].map(([, id]) => id)).toEqual(expected);
  });

  it('finds a name whichever way its marks are typed, and an address in the script of its domain', async () => {
    const composed = user({ id: 'new', name: 'Jos\u00e9', phone: null, email: 'jo@xn--e1afmkfd.xn--p1ai' });
    const before = user({ id: 'old', name: 'Jose\u0301', phone: '+6281234567999', email: null });
    await addUsers(gateway, composed, before);
    for (const typed of ['jos\u00e9', 'jose\u0301', '\u202ajos\u00e9\u202c']) {
      expect((await ids(`?q=${encodeURIComponent(typed)}`)).sort()).toEqual(['new', 'old']);
    }
    for (const typed of ['jo@ПРИМЕР.рф', 'пример.рф', '\u202a@пример.рф\u202c']) {
      expect(await ids(`?q=${encodeURIComponent(typed)}`)).toEqual(['new']);
    }
  });

  it('goes on page by page, keeps the search, and ends with the last page', async () => {
    const many = Array.from({ length: 60 }, (_, at) =>
      user({ id: `user${at}`, phone: `+62812345670${10 + at}`, email: null, created_at: NOW + at }),
    );
    await addUsers(gateway, ...many);
    const seen: string[] = [];
    for (const page of [1, 2, 3]) seen.push(...(await ids(`?page=${page}`)));
    expect(seen).toEqual(many.map(({ id }) => id).reverse());
    for (const page of ['4', '9'.repeat(400)]) expect(await list(`?page=${page}`)).toMatchObject({ page: 3 });
    expect(await list('?pageSize=1000')).toMatchObject({ pageSize: 100, total: 60 });
    const html = await text('/admin/users?q=asha&page=2');
    expect(html).toContain('26–50 of 60');
    expect(html).toContain('href="/admin/users?q=asha&amp;page=3"');
    expect(html).toContain('href="/admin/users?q=asha"');
  });

  it.each(['page=0', 'page=x', 'pageSize=-1', `q=${'x'.repeat(101)}`])(
    '?%s is refused, and the page shows all users instead',
    async (query) => {
      await fourUsers(gateway);
      const json = await browser.get(`/admin/api/users?${query}`);
      expect(json.status).toBe(400);
      expect(await json.json()).toMatchObject({ code: 'bad_request' });
      const page = await browser.get(`/admin/users?${query}`);
      expect(page.status).toBe(400);
      expect(await page.text()).toMatch(/role="alert">&#34;\w+&#34; must .* All users are shown instead/);
    },
  );

  it('is empty in words', async () => {
    expect(await list()).toEqual({ users: [], total: 0, page: 1, pageSize: 25 });
    expect(await text('/admin/users')).toContain('Nobody has signed up yet.');
    expect(await text('/admin/users?q=x')).toContain('No user matches this search.');
  });
});

describe('one user', () => {
  it('is a page of facts', async () => {
    await fourUsers(gateway);
    expect(await (await browser.get('/admin/api/users/caro')).json()).toMatchObject({
      id: 'caro',
      hasPassword: false,
      identities: ['https://accounts.google.com'],
      emailVerifiedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(await text('/admin/users/caro')).toContain('<dt>Signs in with</dt><dd>Google</dd>');
    expect(await text('/admin/users/dev')).toContain('Two-factor contract');
    expect(await text('/admin/users/asha')).toContain('<dt>Signs in with</dt><dd>Password or code</dd>');
  });

  it('shows whatever stands in it as text', async () => {
    const strange = user({ name: EVIL, email: `"${EVIL}"@example.com`, last_login_ip: EVIL });
    await addUsers(gateway, strange);
    for (const path of ['/admin/users', '/admin/users/asha', `/admin/users?q=${encodeURIComponent(EVIL)}`]) {
      const html = await text(path);
      expect(html).toContain('&lt;script&gt;alert(1)');
      expect(html).not.toMatch(/<script>alert|<img src=x|="[^"]*"'>/);
    }
  });

  it.each(['nobody', '__proto__', "1'--", 'x'.repeat(400), encodeURIComponent(EVIL)])(
    'there is none with the id %s',
    async (id) => {
      await fourUsers(gateway);
      const json = await browser.get(`/admin/api/users/${id}`);
      expect([json.status, await json.json()]).toMatchObject([404, { code: 'account_unknown' }]);
      const page = await browser.get(`/admin/users/${id}`);
      expect(page.status).toBe(404);
      expect(await page.text()).toMatch(/Not found[\s\S]*There is no such user\./);
      for (const action of ACTIONS) expect((await post(id, action)).status).toBe(404);
      expect(await auditedActions(gateway)).toEqual([]);
    },
  );
});

describe('the actions on a user', () => {
  const stateOf = async (id: string) =>
    await gateway.store
      .selectFrom('users')
      .select(['deactivated_at', 'token_epoch'])
      .where('id', '=', id)
      .executeTakeFirst();

  /** At her account, from here. Resolves with the status. */
  async function guess(): Promise<number> {
    const answer = await fetch(`${gateway.url}/api/auth/login`, {
      method: 'POST',
      body: JSON.stringify({ email: ASHA_EMAIL, password: 'a guess' }),
      headers: { 'Content-Type': 'application/json' },
    });
    return answer.status;
  }

  it('happen once, however often somebody clicks, and are written down', async () => {
    await fourUsers(gateway);
    const clicks = async (action: string) => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => post('asha', action)));
      return answers.map(({ status }) => status).sort();
    };
    expect(await clicks('reactivate')).toEqual(Array(10).fill(200));
    expect(await clicks('deactivate')).toEqual(Array(10).fill(200));
    expect(await stateOf('asha')).toEqual({ deactivated_at: gateway.clock.now(), token_epoch: 1 });
    expect((await list('?q=asha')).users).toMatchObject([{ state: 'deactivated' }]);
    expect(await text('/admin/users/asha')).toContain('/admin/api/users/asha/reactivate');
    expect(await clicks('reactivate')).toEqual(Array(10).fill(200));
    expect(await stateOf('asha')).toEqual({ deactivated_at: null, token_epoch: 1 });
    expect(await clicks('delete')).toEqual([200, ...Array(9).fill(404)]);
    expect(await ids('')).toEqual(['dev', 'caro', 'bert']);
    const what = { target: 'user asha', detail: MASKED };
    expect(await auditedActions(gateway)).toEqual([
      { action: 'user_deactivated', ...what },
      { action: 'user_reactivated', ...what },
      { action: 'user_deleted', ...what },
    ]);
    const html = await text('/admin/audit');
    expect(html).toContain('<b>deactivated</b> <a href="/admin/users/asha">a user</a>');
    expect(html).toContain(`<b>deleted a user</b> <span class="muted">${MASKED}</span>`);
  });

  it('end the tokens of a deactivated user for good, and nobody else’s', async () => {
    await fourUsers(gateway);
    const { store, clock } = gateway;
    const { auth } = signInParts({
      store,
      clock,
      issuer: { answered: async () => {}, reserve: () => Promise.reject(new Error('none')) },
    });
    const tokenOf = async (id: string) => {
      const row = await store.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      const { token } = await auth
        .for('whatsapp')
        .from({ address: '192.0.2.7', cookie: null, fresh: 'hash', named: null })
        .complete(provenInOneStep(row, 'code'));
      return token;
    };
    const [asha, bert] = [await tokenOf('asha'), await tokenOf('bert')];
    const me = async (token: string) =>
      (await fetch(`${gateway.url}/api/users/me`, { headers: { Authorization: `Bearer ${token}` } })).status;
    expect([await me(asha), await me(bert)]).toEqual([200, 200]);
    await post('asha', 'deactivate');
    expect([await me(asha), await me(bert)]).toEqual([401, 200]);
    await post('asha', 'reactivate');
    expect([await me(asha), await me(await tokenOf('asha'))]).toEqual([401, 200]);
    await post('bert', 'delete');
    expect(await me(bert)).toBe(401);
  });

  it('show what went wrong, who waits for it, and the last sign-ins', async () => {
    await addUsers(gateway, user({ password_hash: null }), user({ id: 'bert', phone: null, email: null }));
    for (let n = 0; n < 11; n++) expect(await guess()).toBe(n < 10 ? 401 : 429);
    const entry = { user_id: 'asha', contract: 'whatsapp', proof: 'code', address: '192.0.2.7' } as const;
    await gateway.store
      .insertInto('sign_ins')
      .values({ id: '1', at: NOW, ...entry })
      .execute();
    const answer = await browser.get('/admin/api/users/asha', { Accept: '*/*' });
    expect(await answer.json()).toMatchObject({
      failures: {
        passwords: 10,
        codes: 0,
        waits: [{ what: 'password', who: '127.0.0.1', until: '2026-01-01T00:15:00.000Z' }],
      },
      signIns: [
        { at: '2026-01-01T00:00:00.000Z', contract: 'whatsapp', proof: 'code', address: '192.0.2.7' },
      ],
    });
    const html = await text('/admin/users/asha');
    expect(html).toMatch(/Wrong passwords<\/dt><dd>10</);
    expect(html).toContain('<b>127.0.0.1</b>');
    expect(html).toMatch(/>Code<[\s\S]*>WhatsApp<[\s\S]*>192\.0\.2\.7</);
    expect(await text('/admin/users/bert')).toContain('None since sign-ins are written down.');
  });

  it('let somebody in again for whom others have used up the tries, once', async () => {
    await addUsers(gateway, user({ password_hash: null }));
    const button = 'data-post="/admin/api/users/asha/let-in">Let in again<';
    expect(await text('/admin/users/asha')).not.toContain('let-in');
    while ((await guess()) !== 429);
    expect(await text('/admin/users/asha')).toContain(button);
    await post('asha', 'deactivate');
    expect(await text('/admin/users/asha')).not.toContain('let-in');
    await post('asha', 'reactivate');
    const before = (await auditedActions(gateway)).length;

    for (let click = 0; click < 2; click++) {
      const answer = await post('asha', 'let-in');
      expect([answer.status, await answer.json()]).toMatchObject([200, { id: 'asha' }]);
    }
    expect(await guess()).toBe(401);
    expect((await auditedActions(gateway)).slice(before)).toEqual([
      { action: 'user_let_in', target: 'user asha', detail: MASKED },
    ]);
    expect(await text('/admin/audit')).toContain(
      '<b>let in again</b> <a href="/admin/users/asha">a user</a>',
    );
    expect((await browser.get('/admin/api/users/asha/let-in')).status).toBe(405);
    await post('asha', 'let-in');
    const answer = await browser.get('/admin/api/users/asha', { Accept: '*/*' });
    expect(await answer.json()).toMatchObject({ failures: { passwords: 0, codes: 0, waits: [] } });
    expect(await text('/admin/users/asha')).not.toContain('let-in');
  });

  it('show the contacts on demand, which is written down without them', async () => {
    await fourUsers(gateway);
    const response = await post('asha', 'reveal');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ id: 'asha', phone: ASHA, email: ASHA_EMAIL });
    expect((await browser.get('/admin/api/users/asha/reveal')).status).toBe(405);
    expect(await auditedActions(gateway)).toEqual([
      { action: 'user_revealed', target: 'user asha', detail: MASKED },
    ]);
    expect(await text('/admin/audit')).not.toContain(ASHA.slice(3));
  });

  it('need a session and its token', async () => {
    await fourUsers(gateway);
    const stranger = createBrowser(gateway);
    const token = await stranger.token();
    for (const action of ACTIONS) {
      const path = `/admin/api/users/asha/${action}`;
      for (const headers of [{ 'X-CSRF-Token': '' }, { Origin: 'https://evil.example' }]) {
        const refused = await browser.postJson(path, {}, headers as Record<string, string>);
        expect([action, refused.status]).toEqual([action, 403]);
      }
      expect((await stranger.postJson(path, {}, { 'X-CSRF-Token': token })).status).toBe(401);
    }
    for (const path of ['/admin/api/users', '/admin/api/users/asha']) {
      expect((await stranger.get(path)).status).toBe(401);
    }
    for (const path of ['/admin/users', '/admin/users/asha']) {
      expect((await stranger.get(path)).headers.get('location')).toBe('/admin/login');
    }
    expect(await stateOf('asha')).toEqual({ deactivated_at: null, token_epoch: 0 });
    expect(await auditedActions(gateway)).toEqual([]);
  });
});
