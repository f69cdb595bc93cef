import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../database/connect.js';
import { listOwnTexts, readOwnText, writeOwnText } from '../../../src/callers/own-texts.js';
import { silentLog } from '../../../src/log.js';
import { createOwnTexts } from '../../../src/otp/texts/own-texts.js';
import { createTestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';

describe.each(DATABASES)("callers' own texts on %s", (kind) => {
  let database: Database;
  const clock = createTestClock();
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  async function write(caller: string, locale: string, template: string): Promise<string> {
    const text = readOwnText({ locale, template });
    await writeOwnText(database.store, caller, text, clock.now());
    return text.locale;
  }

  it('are kept by language, replaced, and removed', async () => {
    expect(await write('key:a', 'PT-br', 'Código {otp}, {minutes} min, {app}')).toBe('pt-BR');
    expect(await write('key:a', '*', 'Code {{code}}')).toBe('*');
    await write('key:a', '*', 'Your code: {{code}}');
    await write('key:b', 'ar', 'رمز {{code}}');
    expect(await listOwnTexts(database.store, 'key:a')).toEqual([
      { locale: '*', template: 'Your code: {{code}}' },
      { locale: 'pt-BR', template: 'Código {{code}}, {{minutes}} min, {{app}}' },
    ]);
    await write('key:a', '*', ' ');
    expect((await listOwnTexts(database.store, 'key:a')).map(({ locale }) => locale)).toEqual(['pt-BR']);
  });

  it.each([
    ['english language', 'Code {{code}}', 'The language must be a tag'],
    ['en', 'Code', 'The text must contain {{code}}'],
    ['en', 'Code {{code}} {{name}}', 'The text must have no other places than'],
    ['en', `{{code}}${'x'.repeat(1_000)}`, 'The text must be at most 1000 characters long'],
  ])('of %s “%s” are refused', async (locale, template, problem) => {
    await expect(write('key:c', locale, template)).rejects.toThrow(problem);
    expect(await listOwnTexts(database.store, 'key:c')).toEqual([]);
  });

  it('that another process changes are used within seconds, without a look for every code', async () => {
    let looks = 0;
    const store = database.store.withPlugin({
      transformQuery: ({ node }) => {
        looks++;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const own = createOwnTexts({ store, clock, log: silentLog });
    await own.load();
    await write('key:d', 'en', 'New {{code}}');
    for (let n = 0; n < 5; n++) expect(own.of('key:d').size).toBe(0);
    expect(looks).toBe(1);
    await clock.advance(2_000);
    own.of('key:d');
    await expect.poll(() => own.of('key:d').get('en')).toBe('New {{code}}');
    expect(looks).toBe(2);
  });
});
