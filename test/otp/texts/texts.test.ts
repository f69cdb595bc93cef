import { describe, expect, it } from 'vitest';
import { createTexts, type TextOrder } from '../../../src/otp/texts/index.js';
import { LANGUAGES, languageOf, parseLocale } from '../../../src/otp/texts/languages.js';
import { WORDS } from '../../../src/otp/texts/words.js';
import { noOwnTexts } from '../../support/issuing.js';

const PHONE = { kind: 'phone', value: '+12025550100' } as const;
const order: TextOrder = {
  caller: 'env',
  locale: null,
  contact: PHONE,
  code: '048213',
  ttlMs: 600_000,
  action: null,
};
const texts = createTexts({ own: noOwnTexts, appName: 'Acme', template: null, defaultLanguage: 'en' });
const nameless = createTexts({ own: noOwnTexts, appName: null, template: null, defaultLanguage: 'en' });
const textIn = (locale: string, over: Partial<TextOrder> = {}) =>
  texts.message({ ...order, locale, ...over }).text;

describe.each(LANGUAGES)('a text in %s', (locale) => {
  it('has the code first, then the name and the purpose, and no link', () => {
    const text = textIn(locale, { action: 'K17' });
    expect(text).toMatch(/^048213 .*Acme.*\(\u2068?K17\u2069?\)/);
    expect(text).not.toMatch(/\{\{|https?:|www\./);
    expect(text.match(/\d+/g)).toEqual(['048213', '17', '10']);
  });

  it('stays within 160 characters with the longest of everything, and keeps its words then', () => {
    const longest = createTexts({
      own: noOwnTexts,
      appName: 'م'.repeat(25),
      template: null,
      defaultLanguage: 'en',
    });
    const most = { ...order, locale, code: '0123456789', action: 'ص'.repeat(40) };
    for (const ttlMs of [3_600_000, 59_000]) {
      const { text } = longest.message({ ...most, ttlMs });
      expect([...text].length).toBeLessThanOrEqual(160);
      expect(text).toContain(most.action);
      expect(text).toContain(WORDS[locale].rest.split('}}').at(-1));
    }
  });

  it('says who nobody is without a name, and shows dots where the code must not be', () => {
    const { text, shape } = nameless.message({ ...order, locale });
    expect(text).toMatch(/^048213 \S+ \S+/u);
    expect(text).not.toContain('{{');
    expect(shape).toBe(text.replace('048213', '••••••'));
  });

  it('has a subject for a mail, without the code', () => {
    const contact = { kind: 'email', value: 'ada@example.test' } as const;
    expect(texts.message({ ...order, locale, contact }).subject).toMatch(/^[^\d]*Acme[^\d]*$/);
    expect(texts.message({ ...order, locale })).not.toHaveProperty('subject');
  });
});

it.each([
  ['en', 60_000, 'Valid for 1 minute.'],
  ['en', 59_999, 'Valid for 59 seconds.'],
  ['ar', 60_000, 'صالح لمدة دقيقة واحدة.'],
  ['ar', 120_000, 'صالح لمدة دقيقتين.'],
  ['ar', 600_000, 'صالح لمدة 10 دقائق.'],
  ['ar', 900_000, 'صالح لمدة 15 دقيقة.'],
  ['es', 60_000, 'Válido por 1 minuto.'],
  ['pt', 120_000, 'Válido por 2 minutos.'],
  ['id', 60_000, 'Berlaku 1 menit.'],
  ['hi', 600_000, '10 मिनट तक मान्य।'],
  ['fr', 60_000, 'Valable 1 minute.'],
  ['de', 60_000, '1 Minute gültig.'],
  ['de', 300_000, '5 Minuten gültig.'],
])('in %s a life of %i ms is told as “%s”', (locale, ttlMs, said) => {
  expect(textIn(locale, { ttlMs })).toContain(said);
});

it('foreign words are isolated where the directions differ, the code never is', () => {
  expect(textIn('ar', { action: 'sign in' })).toMatch(
    /^048213 [^\u2068]*\u2068Acme\u2069 \(\u2068sign in\u2069\)/,
  );
  expect(textIn('en', { action: 'تسجيل الدخول' })).toContain('Acme code (\u2068تسجيل الدخول\u2069)');
  expect(textIn('en', { action: 'sign in' })).not.toMatch(/[\u2066-\u2069]/);
});

it('what a caller writes is never taken for a place', () => {
  expect(textIn('en', { action: '{{code}} $&' })).toContain('Acme code ({{code}} $&)');
});

describe('the language', () => {
  const chosen = (locale: string | null, value: string = PHONE.value) =>
    texts.languageFor({ locale, contact: { kind: value.includes('@') ? 'email' : 'phone', value } });

  it('is that of the locale, whatever region or script it names', () => {
    expect(['pt-BR', 'AR', 'es-419', 'de-Latn-CH', 'in'].map((locale) => chosen(locale))).toEqual([
      'pt',
      'ar',
      'es',
      'de',
      'id',
    ]);
  });

  it('else of the country of the number', () => {
    const numbers = ['+201001234567', '+525512345678', '+5511987654321', '+628123456789', '+919812345678'];
    expect(numbers.map((number) => chosen(null, number))).toEqual(['ar', 'es', 'pt', 'id', 'hi']);
    expect(['+33612345678', '+4915123456789'].map((number) => chosen('ja', number))).toEqual(['fr', 'de']);
  });

  it('else the default', () => {
    expect([chosen(null), chosen(null, 'ada@example.test'), chosen('tlh', '+32470123456')]).toEqual([
      'en',
      'en',
      'en',
    ]);
    const german = createTexts({ own: noOwnTexts, appName: null, template: null, defaultLanguage: 'de' });
    expect(german.message(order).language).toBe('de');
  });
});

it('a template of the operator wins where no locale was given, and only there', () => {
  const own = createTexts({
    own: noOwnTexts,
    appName: 'Acme',
    template: 'Hi: {{code}}, {{minutes}} min',
    defaultLanguage: 'en',
  });
  expect(own.message({ ...order, contact: { kind: 'phone', value: '+201001234567' } })).toEqual({
    text: 'Hi: 048213, 10 min',
    shape: 'Hi: ••••••, 10 min',
    language: null,
  });
  expect(own.message({ ...order, locale: 'en' }).text).toMatch(/^048213 is your Acme code\./);
});

describe("a caller's own texts", () => {
  const written: Record<string, string> = {
    ar: 'AR {{code}}',
    'pt-BR': 'BR {{code}}',
    sv: 'Koden för {{app}} ({{action}}): {{code}}',
    '*': 'ANY {{code}} {{minutes}} {{seconds}}',
  };
  const own = { of: (caller: string) => new Map(caller === 'key:a' ? Object.entries(written) : []) };
  const owned = createTexts({ own, appName: 'Acme', template: 'OP {{code}}', defaultLanguage: 'en' });
  const said = (locale: string | null, value = '+12025550100', caller = 'key:a') =>
    owned.message({ ...order, caller, locale, contact: { kind: 'phone', value }, action: '{{code}}' }).text;

  it('are taken by the tag, then by the language', () => {
    expect([said('pt-BR'), said('ar-EG'), said('sv-SE')]).toEqual([
      'BR 048213',
      'AR 048213',
      'Koden för Acme ({{code}}): 048213',
    ]);
    expect(said('pt-PT')).toMatch(/^048213 é o seu código/);
  });

  it('are taken by the country where no locale was given, else the one for all others, before the operator’s', () => {
    expect([said(null, '+201001234567'), said(null)]).toEqual(['AR 048213', 'ANY 048213 10 600']);
  });

  it('are nobody else’s', () => {
    expect([said('ar', '+201001234567', 'key:b'), said(null, '+201001234567', 'key:b')]).toEqual([
      expect.stringMatching(/^048213 هو/),
      'OP 048213',
    ]);
  });
});

it('a language tag is read as BCP 47 has it, and nothing else is one', () => {
  expect(['EN-us', 'zh-hant-tw', 'ar'].map(parseLocale)).toEqual(['en-US', 'zh-Hant-TW', 'ar']);
  expect(
    ['', 'e', 'en_US', 'en-', 'english language', `en-${'a'.repeat(8)}`.repeat(9)].map(parseLocale),
  ).toEqual([null, null, null, null, null, null]);
  expect(languageOf('constructor')).toBeNull();
});
