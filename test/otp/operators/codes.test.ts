import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../database/connect.js';
import { type CodeFilter, type Codes, createCodes } from '../../../src/otp/operators/codes.js';
import { createTestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { addCode, storedCode } from '../../support/stored-codes.js';

describe.each(DATABASES)('the stored codes, for operators, on %s', (kind) => {
  const clock = createTestClock();
  let database: Database;
  let codes: Codes;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    codes = createCodes({ store: database.store, clock });
    const now = clock.now();
    const at = (minutes: number) => ({
      created_at: now - minutes * 60_000,
      expires_at: now - minutes * 60_000 + 600_000,
    });
    const add = (id: string, fields: Parameters<typeof storedCode>[0], sent: string[] = []) =>
      addCode(
        database.store,
        storedCode({ id, ...fields }),
        sent.map((channel, index) => ({ channel, job_id: index + 1 })),
      );
    await add('ver_1', { ...at(1), contact: '+201001234567' }, ['whatsapp']);
    await add('ver_2', { ...at(2), contact: '+201555000111', status: 'approved', caller: 'key:k1' }, [
      'whatsapp',
      'sms',
    ]);
    await add('ver_3', { ...at(30), contact: '+966501234567', caller: 'key:k1' });
    await add('ver_4', { ...at(31), contact: 'a_b@example.com', status: 'expired', route: '["email"]' });
    await add('ver_5', { ...at(31), contact: 'axb@example.com', status: 'max_checks' });
  });
  afterAll(() => database.close());

  const found = async (filter: Partial<CodeFilter>, page = 1, pageSize = 25) => {
    const everything = { status: null, channel: null, caller: null, q: null };
    const list = await codes.list({ ...everything, ...filter }, page, pageSize);
    return list.codes.map(({ id }) => id).join(' ');
  };

  it.each<[string, Partial<CodeFilter>, string]>([
    ['the newest first', {}, 'ver_1 ver_2 ver_3 ver_5 ver_4'],
    ['pending by the clock', { status: 'pending' }, 'ver_1'],
    ['expired by the clock, or in its row', { status: 'expired' }, 'ver_3 ver_4'],
    ['another status', { status: 'max_checks' }, 'ver_5'],
    ['a channel that it was sent over', { channel: 'sms' }, 'ver_2'],
    ['a caller', { caller: 'key:k1' }, 'ver_2 ver_3'],
    ['both', { caller: 'key:k1', status: 'approved' }, 'ver_2'],
    ['part of a number', { q: '5550' }, 'ver_2'],
    ['a number as people write it', { q: '(010) 0123-4567' }, 'ver_1'],
    ['with the zeros of a call abroad', { q: '00966 50' }, 'ver_3'],
    ['in other digits', { q: '٠١٠٠١٢٣' }, 'ver_1'],
    ['part of an address, with a line that is no wildcard', { q: 'A_B@' }, 'ver_4'],
    ['a whole id', { q: 'ver_3' }, 'ver_3'],
    ['nothing', { q: '100%' }, ''],
  ])('finds %s', async (_, filter, expected) => expect(await found(filter)).toBe(expected));

  it('shows them by pages, and the last one beyond the end', async () => {
    expect(await found({}, 2, 2)).toBe('ver_3 ver_5');
    expect(await found({}, 9, 2)).toBe('ver_4');
    const none = { status: null, channel: 'telegram', caller: null, q: null };
    expect(await codes.list(none, 3, 2)).toEqual({
      codes: [],
      total: 0,
      atLeast: false,
      page: 1,
      pageSize: 2,
    });
  });

  it('knows the attempts of one in their order, and none of what does not exist', async () => {
    const story = await codes.story('ver_2');
    expect(story?.attempts.map(({ channel, jobId }) => [channel, jobId])).toEqual([
      ['whatsapp', 1],
      ['sms', 2],
    ]);
    expect(JSON.stringify(story)).not.toMatch(/918273|secret-order|203\.0/);
    expect(await codes.story('ver_9')).toBeNull();
  });
});
