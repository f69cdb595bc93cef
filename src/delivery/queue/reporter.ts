import { type ExpressionBuilder, sql } from 'kysely';
import type { Store, Tables } from '../../../database/schema.js';
import type { Reporter } from '../../channels/channel.js';
import type { Clock } from '../../clock.js';
import type { Sealer } from '../../sealing.js';
import { openBody } from '../body.js';

/** A reporter as parameters of a statement: '' equals no number and no address. */
export interface ReporterValues {
  trusted: number;
  phone: string;
  address: string;
}

/** @param from absent or null: the channel's own server, or our own account, which may report about any message. */
export function reporterValues(from: Reporter | null | undefined): ReporterValues {
  return { trusted: from ? 0 : 1, phone: from?.phone ?? '', address: from?.address ?? '' };
}

/** Whether the reporter is the job's recipient: by number, or at an address that the account knows for that number. */
export function isRecipient(
  { and, eb, exists, or, selectFrom }: ExpressionBuilder<Tables, 'jobs'>,
  value: <Name extends keyof ReporterValues>(name: Name) => ReporterValues[Name],
) {
  return or([
    sql<boolean>`CAST(${value('trusted')} AS INTEGER) = 1`,
    and([eb('jobs.recipient', '=', value('phone')), eb('jobs.recipient', '<>', '')]),
    exists(
      selectFrom('recipients')
        .select('recipients.recipient')
        .whereRef('recipients.account', '=', 'jobs.account')
        .whereRef('recipients.recipient', '=', 'jobs.recipient')
        .where((known) =>
          known.or([
            known('recipients.jid', '=', value('address')),
            known('recipients.lid', '=', value('address')),
          ]),
        ),
    ),
  ]);
}

/** Finds the text of a message while its code is valid: the recipient's phone may ask for it again, and nobody else's. */
export function createTextLookup(deps: { store: Store; clock: Clock; bodySealer: Sealer }) {
  return async function textOfMessage(messageId: string, from: Reporter | null): Promise<string | null> {
    const values = reporterValues(from);
    const row = await deps.store
      .selectFrom('jobs')
      .select('body')
      .where('message_id', '=', messageId)
      .where('claimed_at', 'is not', null)
      .where('expires_at', '>', deps.clock.now())
      .where((builder) => isRecipient(builder, (name) => values[name]))
      .executeTakeFirst();
    return openBody(deps.bodySealer, row?.body ?? null, messageId)?.text ?? null;
  };
}
