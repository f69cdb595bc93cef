import * as z from 'zod';
import { typedEmail } from '../src/typed/email.js';
import { returnUrlEntry } from '../src/typed/return-url.js';
import { typedTime } from '../src/typed/time.js';

const MAX_TEST_NUMBERS = 20;
const BAD_TEST_NUMBERS = `must be like +12025550100=123456@2027-01-31,… with at most ${MAX_TEST_NUMBERS} entries: a number or an e-mail address, a code of 4 to 10 digits, and until when`;
const BAD_RETURN_URLS =
  'must be addresses such as https://app.example.com/signed-up, with commas between them';

const entriesOf = (text: string) =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

/** `contact=code@until,…` */
export const testNumbers = z.string().transform((text, context) => {
  const entries = entriesOf(text).map(readTestNumber);
  const known = entries.filter((entry) => entry !== null);
  const isOnce = new Set(known.map(({ contact }) => contact)).size === entries.length;
  if (isOnce && entries.length <= MAX_TEST_NUMBERS) return known;
  context.addIssue({ code: 'custom', message: BAD_TEST_NUMBERS });
  return z.NEVER;
});

function readTestNumber(entry: string) {
  const [, to = '', code = '', until = ''] = /^(.+)=(\d{4,10})@([\dTZ:.+-]+)$/.exec(entry) ?? [];
  const contact = /^\+[1-9]\d{6,14}$/.test(to) ? to : typedEmail(to);
  const at = typedTime(until);
  return contact === null || at === null ? null : { contact, code, until: at };
}

export const returnUrls = z.string().transform((text, context) => {
  const entries = entriesOf(text).map(returnUrlEntry);
  const known = entries.filter((entry) => entry !== null);
  if (known.length === entries.length && known.length > 0) return known;
  context.addIssue({ code: 'custom', message: BAD_RETURN_URLS });
  return z.NEVER;
});
