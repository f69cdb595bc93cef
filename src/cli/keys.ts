import { readKeyOrder, readOverlap } from '../callers/key-order.js';
import type { Keys, Operator } from '../callers/keys.js';
import type { Clock } from '../clock.js';
import type { KeysArguments } from './keys-arguments.js';
import { createdText, keyJson, listText, revokedText, rotatedText } from './keys-output.js';

/** A command's output, for people and for programs. */
export interface Said {
  text: string;
  json: object;
}

/** `keys create|list|rotate|revoke`. Mistakes in what was typed are reported before anything is opened. */
export function keysCommand(
  { verb, subject, option }: KeysArguments,
  clock: Clock,
): (keys: Keys, by: Operator) => Promise<Said> {
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
      return async (keys, by) => {
        const { id, key, view } = await keys.rotate(subject, overlapMs, by);
        const { formerUntil } = keyJson(view);
        return { text: rotatedText(view, key), json: { id, key, formerUntil } };
      };
    }
    case 'revoke':
      return async (keys, by) => {
        const { isNews, view } = await keys.revoke(subject, by);
        const { id, revokedAt } = keyJson(view);
        return { text: revokedText(view, isNews), json: { id, revokedAt } };
      };
  }
}
