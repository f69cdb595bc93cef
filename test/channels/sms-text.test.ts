import { expect, it } from 'vitest';
import { segmentsOf } from '../../src/channels/sms/gsm.js';
import { fittingText } from '../../src/channels/sms/text.js';

const NONE = { appName: null, bindDomain: null, appHash: null };
const HASH = 'FA+9qCX9VSu';

it.each([
  ['a'.repeat(160), 1],
  ['a'.repeat(161), 2],
  ['a'.repeat(306), 2],
  ['a'.repeat(307), 3],
  [`${'a'.repeat(159)}€`, 2],
  [`${'a'.repeat(158)}{`, 1],
  ['ñÑ@£Ω\n'.repeat(26), 1],
  [`${'a'.repeat(69)}ç`, 1],
  [`${'a'.repeat(70)}ç`, 2],
  ['ع'.repeat(134), 2],
  ['ع'.repeat(135), 3],
  ['👍'.repeat(35), 1],
  ['👍'.repeat(36), 2],
])('%s takes %i', (text, segments) => {
  expect(segmentsOf(text)).toBe(segments);
});

it('a text of one segment goes out as it is', () => {
  expect(fittingText({ text: 'Your code is 482915.', code: '482915' }, NONE)).toBe('Your code is 482915.');
});

it.each([
  [
    'a long text',
    `Your code is 482915. ${'Do not share it. '.repeat(10)}`,
    { appName: 'Acme' },
    'Acme: 482915',
  ],
  ['a long text without a name', `482915 ${'.'.repeat(160)}`, {}, '482915'],
  ['a text beyond GSM-7', `رمزك هو 482915. ${'لا تشاركه. '.repeat(10)}`, { appName: 'أكمي' }, 'أكمي: 482915'],
  [
    'the lines for a browser and an app',
    'Your code is 482915.',
    { bindDomain: 'example.com', appHash: HASH },
    `Your code is 482915.\n${HASH}\n@example.com #482915`,
  ],
  [
    'lines that leave no room for the words',
    `Your code is 482915.${'.'.repeat(120)}`,
    { appName: 'Acme', bindDomain: 'example.com', appHash: HASH },
    `Acme: 482915\n${HASH}\n@example.com #482915`,
  ],
  [
    'a line that the template brings itself',
    `Your code is 482915.${'.'.repeat(140)}\n\n@app.example #482915`,
    { appName: 'Acme', bindDomain: 'example.com' },
    'Acme: 482915\n@app.example #482915',
  ],
  [
    'a line that is too long itself',
    '482915',
    { bindDomain: `${'a'.repeat(60)}.com`.padStart(150, 'b.') },
    '482915',
  ],
])('%s', (_what, text, change, expected) => {
  const fitting = fittingText({ text, code: '482915' }, { ...NONE, ...change });
  expect(fitting).toBe(expected);
  expect(segmentsOf(fitting)).toBe(1);
});

it('a notice, which has no code, is never cut', () => {
  const text = 'Somebody signed in to your account. '.repeat(8);
  expect(fittingText({ text, code: '' }, { ...NONE, appName: 'Acme' })).toBe(text);
});
