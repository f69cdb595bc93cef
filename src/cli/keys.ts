import { readKeyOrder, readOverlap, readReturnUrls } from '../callers/key-order.js';
import type { Keys, Operator } from '../callers/keys.js';
import { readOwnText } from '../callers/own-texts.js';
import { readTestContact, readTestNumber } from '../callers/typed-test-number.js';
import { type Clock, isoOrNull } from '../clock.js';
import type { KeysArguments } from './keys-arguments.js';
import {
  createdText,
  keyJson,
  listText,
  ownTextText,
  returnUrlsText,
  revokedText,
  rotatedText,
  smsText,
  testNumberText,
} from './keys-output.js';
import type { Said } from './said.js';
import { UsageError } from './usage.js';

/** How many webhooks a key has. */
type CountWebhooks = (keyId: string) => Promise<number>;

/** Every verb of `keys`. Mistakes in what was typed are reported before anything is opened. */
export function keysCommand(
  { verb, subject, words, option, has }: KeysArguments,
  clock: Clock,
): (keys: Keys, by: Operator, countWebhooks: CountWebhooks) => Promise<Said> {
  switch (verb) {
    case 'create': {
      const order = readKeyOrder(
        {
          name: subject,
          scopes: option('scopes'),
          expires: option('expires'),
          allowedIps: option('allowed-ips'),
          perMinute: option('per-minute'),
          codesPerMinute: option('codes-per-minute'),
          codesPerHour: option('codes-per-hour'),
          perDay: option('per-day'),
          perCountry: option('per-country'),
          returnUrls: option('return-urls'),
          refuseSms: has('refuse-sms'),
        },
        clock.now(),
      );
      return async (keys, by) => {
        const made = await keys.create(order, by);
        return { text: createdText(order, made), json: { ...made, scopes: order.scopes } };
      };
    }
    case 'list':
      return async (keys) => {
        const list = await keys.list();
        return { text: listText(list), json: list.map(keyJson) };
      };
    case 'rotate': {
      const overlapMs = readOverlap(option('overlap'));
      return async (keys, by, countWebhooks) => {
        // Before: once the key is made, nothing may keep it from being shown.
        const webhooks = await countWebhooks(subject);
        const { id, key, view } = await keys.rotate(subject, overlapMs, by);
        const { formerUntil } = keyJson(view);
        return { text: rotatedText(view, key, webhooks), json: { id, key, formerUntil, webhooks } };
      };
    }
    case 'revoke':
      return async (keys, by) => {
        const { isNews, view } = await keys.revoke(subject, by);
        const { id, revokedAt } = keyJson(view);
        return { text: revokedText(view, isNews), json: { id, revokedAt } };
      };
    case 'test-number':
      return testNumberCommand(subject, words, { has, option }, clock);
    case 'return-urls': {
      const [typed = ''] = words;
      if (typed === '') throw new UsageError('"return-urls" needs addresses, or none.');
      const urls = readReturnUrls(typed === 'none' ? '' : typed);
      return async (keys, by) => {
        const view = await keys.setReturnUrls(subject, urls, by);
        return { text: returnUrlsText(view), json: { id: view.id, returnUrls: view.returnUrls } };
      };
    }
    case 'sms': {
      const [typed = ''] = words;
      if (typed !== 'allow' && typed !== 'refuse') throw new UsageError('"sms" needs allow or refuse.');
      return async (keys, by) => {
        const view = await keys.setRefusesSms(subject, typed === 'refuse', by);
        return { text: smsText(view), json: { id: view.id, refusesSms: view.refusesSms } };
      };
    }
    case 'text':
      return textCommand(subject, words, has('remove'));
  }
}

function textCommand(
  id: string,
  [locale, template]: string[],
  removes: boolean,
): (keys: Keys, by: Operator) => Promise<Said> {
  if (locale === undefined || (template === undefined) !== removes) {
    throw new UsageError('"text" needs an id, a language, and either the text or --remove.');
  }
  const text = readOwnText({ locale, template });
  if (!removes && text.template === '') throw new UsageError('A text must not be empty; see --remove.');
  return async (keys, by) => {
    const view = await keys.setText(id, text, by);
    return { text: ownTextText(view, text), json: { id, locale: text.locale, text: text.template || null } };
  };
}

function testNumberCommand(
  id: string,
  [to, code, until]: string[],
  { has, option }: Pick<KeysArguments, 'has' | 'option'>,
  clock: Clock,
): (keys: Keys, by: Operator) => Promise<Said> {
  if (has('remove')) {
    if (code !== undefined)
      throw new UsageError('"test-number" with --remove takes an id and a number alone.');
    const contact = readTestContact(to);
    return async (keys, by) => {
      const view = await keys.removeTestNumber(id, contact, by);
      return { text: testNumberText(view, contact, null), json: { id, to: contact, until: null } };
    };
  }
  if (until === undefined) {
    throw new UsageError('"test-number" needs an id, a number, its code and until when it is one.');
  }
  const given = option('in-production');
  if (given !== undefined && given !== 'yes' && given !== 'no') {
    throw new UsageError('"--in-production" is yes or no.');
  }
  const test = readTestNumber({ to, code, until }, clock.now());
  const inProduction = given === undefined ? undefined : given === 'yes';
  return async (keys, by) => {
    const view = await keys.putTestNumber(id, test, inProduction, by);
    const json = { id, to: test.contact, until: isoOrNull(test.until), inProduction: view.testsInProduction };
    return { text: testNumberText(view, test.contact, test.until), json };
  };
}
