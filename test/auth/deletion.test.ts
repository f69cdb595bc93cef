import { type RawBuilder, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { UserRow } from '../../database/schema.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { contactOf, createWorld, HERE, outcome, type World } from './world.js';

const HERS = '+6281234567890';
const EMAIL = 'asha@example.com';
const TABLES = [
  'users',
  'numbers',
  'lost_numbers',
  'identities',
  'registrations',
  'challenges',
  'client_failures',
  'client_sends',
  'limit_counts',
  'known_clients',
  'recipients',
  'jobs',
];

describe.each(DATABASES)('a deleted user, on %s', (kind) => {
  let database: Database;
  let world: World;
  let jobs: number;

  beforeEach(async () => {
    jobs = 0;
    database = await openTestDatabase(kind);
    world = createWorld(database);
  });
  afterEach(() => database.close());

  async function addJob(recipient: string, purpose: string): Promise<void> {
    const { store } = database;
    const now = world.clock.now();
    await store
      .insertInto('jobs')
      .values({
        account: 'default',
        channel: 'whatsapp',
        purpose,
        recipient,
        message_id: `M${++jobs}`,
        code_hash: 'hash',
        status: 'sent',
        run_at: now,
        created_at: now,
        sent_at: now,
        finished_at: now,
        expires_at: now + 300_000,
      })
      .execute();
    await store
      .insertInto('recipients')
      .values({ account: 'default', recipient, first_accepted_at: now, reachable_until: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** The rows of all tables in which one of these stands. */
  async function traces(...words: string[]): Promise<string[]> {
    const found: string[] = [];
    for (const table of TABLES) {
      const select: RawBuilder<unknown> = sql`SELECT * FROM ${sql.table(table)}`;
      for (const row of (await select.execute(database.store)).rows) {
        const text = JSON.stringify(row);
        if (words.some((word) => text.includes(word))) found.push(`${table}: ${text}`);
      }
    }
    return found;
  }

  /** Signs in, mistypes codes and passwords, and asks for more of everything. */
  async function live(user: UserRow, contact: string): Promise<void> {
    const to = contactOf(contact);
    await world.later();
    await outcome(world.auth.for('whatsapp').signIn.byPassword(user.email ?? '', 'a guess'));
    await world.auth.selfService.from(HERE).forgotten.sendCode(to);
    await outcome(world.auth.selfService.from(HERE).forgotten.reset(to, 'wrong', 'four wet boots'));
    if (to.kind === 'email') return;
    await world.auth.for('phone').signIn.requestCode(contact);
    await outcome(world.auth.for('phone').signIn.byCode(contact, 'wrong'));
    await world.auth
      .for('phone')
      .complete(await world.auth.for('phone').signIn.byCode(contact, world.code(contact)));
  }

  it('leaves nothing behind but what API callers sent', async () => {
    const user = await world.signUp('whatsapp', { phone: HERS, email: EMAIL });
    await live(user, HERS);
    await outcome(world.start('cookie', { phone: HERS, email: EMAIL }, { from: world.strict }));
    for (const purpose of ['whatsapp-register', 'phone-login', 'gateway']) await addJob(HERS, purpose);
    expect((await traces(HERS, EMAIL, user.id)).length).toBeGreaterThan(8);

    await world.auth.users.remove(user.id);
    const left = await traces(HERS, EMAIL, user.id);
    expect(left).toEqual([expect.stringMatching(/^jobs: .*"gateway"/)]);
    const cleared = database.store.selectFrom('jobs').select('purpose').where('recipient', '=', '');
    expect((await cleared.execute()).map(({ purpose }) => purpose).sort()).toEqual([
      'phone-login',
      'whatsapp-register',
    ]);
  });

  it('with an address of their own, too', async () => {
    const user = await world.signUp('two-factor', { email: EMAIL });
    await live(user, EMAIL);
    await addJob(EMAIL, 'two-factor-register');
    await world.auth.users.remove(user.id);
    expect(await traces(EMAIL, user.id)).toEqual([]);
  });

  it('takes nothing away from somebody else who has claimed the same address, or has another', async () => {
    const user = await world.signUp('whatsapp', { phone: HERS, email: EMAIL });
    const other = await world.signUp('whatsapp', { phone: '+6281234567899', email: EMAIL });
    await world.later();
    await outcome(world.auth.for('whatsapp').signIn.byPassword(EMAIL, 'a guess'));
    await addJob('+6281234567899', 'phone-login');
    const before = (await traces('+6281234567899', other.id)).sort();
    await world.auth.users.remove(user.id);
    expect((await traces('+6281234567899', other.id)).sort()).toEqual(before);
    const counted = await traces(EMAIL);
    expect(counted.some((row) => row.startsWith('limit_counts'))).toBe(true);
  });
});
