import { describe, expect, it } from 'vitest';
import { readText } from '../../../src/otp/writing-first/read-text.js';

const token = { kind: 'token', token: 'K7QM4XW2P9' };

describe('a token is found', () => {
  it.each([
    ['as it stands in the draft', 'Please send me my code for Acme (sign in). Request: K7QM4-XW2P9'],
    ['alone', 'K7QM4-XW2P9'],
    ['in small letters', 'k7qm4-xw2p9'],
    ['without its dash', 'request K7QM4XW2P9 please'],
    ['with a blank, as some keyboards make of the dash', 'Request: K7QM4 XW2P9'],
    ['with another dash', 'Request: K7QM4–XW2P9'],
    ['with a minus sign and blanks', 'Request: K7QM4 − XW2P9.'],
    ['torn into pieces', 'my request is K7Q M4X W2 P9'],
    ['between words that are as long as a half of it', 'THREE K7QM4 XW2P9 AGAIN'],
    ['beside a word that is as long as it', 'UNDERSTAND K7QM4-XW2P9 background'],
    ['in an Arabic sentence, isolated', 'أرجو إرسال الرمز. الطلب: \u2068K7QM4-XW2P9\u2069'],
    ['right behind Arabic letters', 'الطلبK7QM4-XW2P9'],
    ['with the digits of an Arabic keyboard', 'K٧QM٤-XW٢P٩'],
    ['in the wide letters of an East Asian keyboard', 'Ｋ７ＱＭ４－ＸＷ２Ｐ９'],
    ['twice, if it is the same', 'K7QM4-XW2P9 k7qm4 xw2p9'],
    ['over two lines', 'Request:\nK7QM4-\nXW2P9'],
  ])('%s', (_, text) => expect(readText(text)).toEqual(token));
});

describe('none is found', () => {
  it.each([
    ['in two different ones', 'K7QM4-XW2P9 and B3CD5-EF7G8'],
    ['in words', 'Understand? The BACKGROUND is AUTHENTIC'],
    ['in a phone number', 'call me: 2345678923'],
    ['in one that is too long', 'K7QM4XW2P9A'],
    ['in one that is too short', 'K7QM4-XW2P'],
    ['with letters that no token has', 'K7QM4-XW2O0'],
    ['in nothing', ''],
    ['far behind what anybody drafts', `${'x '.repeat(600)}K7QM4-XW2P9`],
  ])('%s', (_, text) => expect(readText(text)).toEqual({ kind: 'other' }));
});

describe('a refusal is one in every language that is built in', () => {
  it.each([
    'no',
    'NO!',
    ' No. ',
    '“No”',
    '❌ no',
    'لا',
    'لَا',
    'não',
    'NÃO',
    'Tidak',
    'नहीं।',
    'Non',
    'nein!!',
  ])('%s', (text) => expect(readText(text)).toEqual({ kind: 'no' }));
  it.each([
    'STOP',
    'stop.',
    'توقف',
    'إلغاء',
    'ALTO',
    'Parar',
    'berhenti',
    'बंद',
    'arrêt',
    'STOPP',
    'Abmelden',
  ])('%s', (text) => expect(readText(text)).toEqual({ kind: 'stop' }));
  it.each(['no problem', 'nono', 'do not stop', 'stop it please', 'n o', 'not'])(
    'but not with other words: %s',
    (text) => expect(readText(text)).toEqual({ kind: 'other' }),
  );
});
