import { describe, expect, it } from 'vitest';
import { typedNumber } from '../../src/typed/number.js';

it.each([
  '+62 812-3456-7890',
  ' +62 (812) 3456.7890\n',
  '\u202a+6281234567890\u202c',
  '\u2066+62\u20698\u200b12\u20603456\ufeff7890',
  '+62\ufe0f81\u{e0100}234567890\u{e0020}',
  '+62\u00a0812\u202f3456\u30007890',
  '+62\u2010812\u20113456\u20127890',
  '+62\u2013812\u20143456\u22127890',
  '+62\u00ad812\u30fc3456\ufe637890',
  '+62/812\uff0f3456\u20447890',
  '+62[812]\uff083456\uff09\uff0e7890',
  '＋６２８１２３４５６７８９０',
  '\ufe626281234567890',
  '+٦٢٨١٢٣٤٥٦٧٨٩٠',
  '+۶۲۸۱۲۳۴۵۶۷۸۹۰',
  '+६२८१२३४५६७८९०',
  '+𝟔𝟐𝟠𝟙𝟤𝟥𝟰𝟱𝟼𝟽𝟾𝟿𝟎',
])('%j is one number', (spelling) => {
  expect(typedNumber(spelling)).toBe('+6281234567890');
});

it.each(['12+34', '12a34', '12,34', '12½', '1²', '12;34', '', '١٢:٣٤'])('%j is none', (text) => {
  expect(typedNumber(text)).not.toMatch(/^\+?\d+$/);
});

describe('the digits of every script', () => {
  const digits = Array.from({ length: 0x110000 }, (_, at) => at)
    .filter((at) => at < 0xd800 || at > 0xdfff)
    .map((at) => String.fromCodePoint(at))
    .filter((character) => /\p{Nd}/u.test(character));

  it('are read, whatever Unicode this Node knows', () => {
    expect(digits.length).toBeGreaterThan(600);
    const values = digits.map(typedNumber);
    expect(values.filter((value) => !/^\d$/.test(value))).toEqual([]);
    for (let value = 0; value < 10; value++) {
      expect(values.filter((each) => each === String(value))).toHaveLength(digits.length / 10);
    }
  });

  it('are what the languages of this world write', () => {
    const systems = Intl.supportedValuesOf('numberingSystem').map((system) =>
      Intl.NumberFormat(`en-u-nu-${system}`, { useGrouping: false }).format(9_876_543_210),
    );
    const decimal = systems.filter((written) => /^\p{Nd}+$/u.test(written));
    expect(decimal.length).toBeGreaterThan(50);
    expect(new Set(decimal.map(typedNumber))).toEqual(new Set(['9876543210']));
  });
});
