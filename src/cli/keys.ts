import type { AuditLog } from '../admin/audit/audit-log.js';
import { readKeyOrder, readOverlap } from '../callers/key-order.js';
import type { Keys } from '../callers/keys.js';
import type { Clock } from '../clock.js';
import type { KeysArguments } from './keys-arguments.js';
import { createdText, keyJson, listText, revokedText, rotatedText } from './keys-output.js';

/** The actor in the audit log. */
const ACTOR = 'cli';

/** A command's output, for people and for programs. */
export interface Said {
  text: string;
  json: object;
}

type Change = 'key_created' | 'key_rotated' | 'key_revoked';

/** `keys create|list|rotate|revoke`. Mistakes in what was typed are reported before anything is opened. */
export function keysCommand(
  { verb, subject, option }: KeysArguments,
  clock: Clock,
): (deps: { keys: Keys; auditLog: AuditLog; address: string }) => Promise<Said> {
  switch (verb) {
    case 'create': {
      const order = readKeyOrder(
        {
          name: subject,
          scopes: option('scopes'),
          expires: option('expires'),
          allowedIps: option('allowed-ips'),
          perMinute: option('per-minute'),
          perDay: option('per-day'),
          perCountry: option('per-country'),
        },
        clock.now(),
      );
      return async (deps) => {
        const made = await deps.keys.create(order, ACTOR);
        await record(deps, 'key_created', made.id, `${order.name} (${order.scopes.join(', ')})`);
        return { text: createdText(order, made), json: { ...made, scopes: order.scopes } };
      };
    }
    case 'list':
      return async ({ keys }) => {
        const list = await keys.list();
        return { text: listText(list), json: list.map(keyJson) };
      };
    case 'rotate': {
      const overlapMs = readOverlap(option('overlap'));
      return async (deps) => {
        const { id, key } = await deps.keys.rotate(subject, overlapMs);
        const view = await deps.keys.find(id);
        await record(deps, 'key_rotated', id, view.name);
        const { formerUntil } = keyJson(view);
        return { text: rotatedText(view, key), json: { id, key, formerUntil } };
      };
    }
    case 'revoke':
      return async (deps) => {
        const isNews = await deps.keys.revoke(subject);
        const view = await deps.keys.find(subject);
        if (isNews) await record(deps, 'key_revoked', view.id, view.name);
        const { id, revokedAt } = keyJson(view);
        return { text: revokedText(view, isNews), json: { id, revokedAt } };
      };
  }
}

async function record(
  { auditLog, address }: { auditLog: AuditLog; address: string },
  action: Change,
  id: string,
  detail: string,
): Promise<void> {
  await auditLog.record({ actor: ACTOR, address, action, target: `key ${id}`, detail });
}
