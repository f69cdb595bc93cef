import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../database/connect.js';
import type { CodeRow } from '../../../database/schema.js';
import { confirmationOf, draftOf } from '../../../src/otp/writing-first/drafts.js';
import { createLinks, LINK_LIFE_MS, type LinksDeps } from '../../../src/otp/writing-first/links.js';
import { readText } from '../../../src/otp/writing-first/read-text.js';
import { isToken, tokenOf } from '../../../src/otp/writing-first/token.js';
import { createKeyedHash } from '../../../src/sealing.js';
import { createTestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { newCode } from './codes.js';

const KEY = 'a'.repeat(64);
const NEW_KEY = 'b'.repeat(64);
const NUMBER = '+201000000001';
const hash = createKeyedHash(KEY, 'link');
const tokenIn = (text: string) => {
  const read = readText(text);
  return read.kind === 'token' ? read.token : null;
};

describe('a token', () => {
  it('is the same for the same code, in the form that is read, and never a word or a number', () => {
    const tokens = Array.from({ length: 2_000 }, (_, n) => tokenOf(hash, `ver_${n}/1`));
    expect(tokens.every(isToken)).toBe(true);
    expect(new Set(tokens).size).toBe(2_000);
    expect(tokenOf(hash, 'ver_7/1')).toBe(tokens[7]);
    // 31 signs at 5 places, less what is only letters or only digits, twice.
    expect(2 * Math.log2(31 ** 5 - 23 ** 5 - 8 ** 5)).toBeGreaterThan(48);
  });
});

describe('a draft', () => {
  const languages = ['en', 'ar', 'es', 'pt', 'id', 'hi', 'fr', 'de'] as const;
  it.each(languages)('in %s names the app and what it is for, and ends with the token', (language) => {
    const subject = { language, appName: 'Acme', action: 'sign in' };
    for (const proof of ['code', 'message'] as const) {
      const text = draftOf(subject, proof, 'K7QM4XW2P9');
      expect([...text].length).toBeLessThanOrEqual(200);
      expect(text).toContain('Acme');
      expect(text).toContain('sign in');
      expect(text).toMatch(/K7QM4-XW2P9\u2069?$/);
      expect(text).not.toMatch(/[*_~`]|:\/\//);
      expect(tokenIn(text)).toBe('K7QM4XW2P9');
    }
    const words = confirmationOf(subject).split(/[\s.।,?]+/u);
    expect(words.filter((word) => readText(word).kind === 'no')).not.toEqual([]);
  });

  it('stays within 200 characters, and one line, whatever the names are', () => {
    const subject = {
      appName: 'A'.repeat(90),
      action: `*now*\n_at_ https://evil.example/x ${'b'.repeat(90)}`,
    };
    for (const language of languages) {
      const text = draftOf({ ...subject, language }, 'message', 'K7QM4XW2P9');
      expect([...text].length).toBeLessThanOrEqual(200);
      expect(text).not.toMatch(/[*_~`\n]|evil/);
    }
  });
});

describe.each(DATABASES)('links on %s', (kind) => {
  let database: Database;
  const clock = createTestClock();
  const state = { number: NUMBER as string | null, receives: true };
  const linksUnder = (of: LinksDeps['hash']) =>
    createLinks({
      store: database.store,
      clock,
      hash: of,
      appName: 'Acme',
      number: () => state.number,
      canReceive: () => state.receives,
      languageFor: ({ locale }) => (locale === 'ar' ? 'ar' : 'en'),
    });
  const offer = (code: CodeRow, links = linksUnder(hash)) =>
    database.store.transaction().execute((trx) => links.offerIn(trx, code.id));

  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  it('lead into the chat with our number, with a draft; nothing that is stored tells the token', async () => {
    const code = await newCode(database.store, clock, { action: 'sign in' });
    const link = await offer(code);
    expect(link).toMatchObject({ number: NUMBER, text: expect.stringContaining('for Acme (sign in)') });
    expect(link?.link).toBe(`https://wa.me/201000000001?text=${encodeURIComponent(link?.text ?? '')}`);
    const rows = await database.store
      .selectFrom('links')
      .selectAll()
      .where('code_id', '=', code.id)
      .execute();
    expect(rows).toMatchObject([{ contact: code.contact, ends_at: clock.now() + LINK_LIFE_MS }]);
    expect(JSON.stringify(rows)).not.toContain(tokenIn(link?.text ?? ''));
  });

  it('stay the same while they can be used, also under a new key', async () => {
    const code = await newCode(database.store, clock);
    const link = await offer(code);
    expect(await offer(code)).toEqual(link);
    expect((await linksUnder(hash).shown([code.id])).get(code.id)).toEqual(link);
    const changed = createKeyedHash(NEW_KEY, 'link', KEY);
    expect((await linksUnder(changed).shown([code.id])).get(code.id)).toEqual(link);
    expect(await offer(code, linksUnder(changed))).toEqual(link);
  });

  it('end with their code, after ten minutes at most, and a new one has another token', async () => {
    const code = await newCode(database.store, clock, { expires_at: clock.now() + 3_600_000 });
    const short = await newCode(database.store, clock, { expires_at: clock.now() + 60_000 });
    const [first] = [await offer(code), await offer(short)];
    await clock.advance(60_001);
    expect([...(await linksUnder(hash).shown([code.id, short.id])).keys()]).toEqual([code.id]);
    expect(await offer(short)).toBeNull();
    await clock.advance(LINK_LIFE_MS);
    expect(await linksUnder(hash).shown([code.id])).toEqual(new Map());
    const second = await offer(code);
    expect(tokenIn(second?.text ?? '')).not.toBe(tokenIn(first?.text ?? ''));
  });

  it('are not offered while no number can receive', async () => {
    const code = await newCode(database.store, clock);
    const link = await offer(code);
    state.receives = false;
    expect(await offer(code)).toBeNull();
    expect(await linksUnder(hash).shown([code.id])).toEqual(new Map());
    expect(linksUnder(hash).areOfUse(60_000)).toBe(false);
    state.receives = true;
    state.number = '+201000000002';
    const other = await offer(code);
    expect(other).toMatchObject({ number: '+201000000002', text: link?.text });
    state.number = NUMBER;
  });
});
