import { sql } from 'kysely';
import type { CodeRow, Store } from '../../../database/schema.js';
import type { InboundText } from '../../channels/inbound-text.js';
import type { Clock } from '../../clock.js';
import type { KeyedHash } from '../../sealing.js';
import type { Conversion } from '../conversion/conversion.js';
import { approveByMessage, noteProblem } from './code-rows.js';
import type { SenderProof } from './proof.js';
import { storedToken } from './token.js';

/** What a text with a token leads to. */
export interface Matches {
  /** The code whose link was used by this text. Null: by none, whatever the reason; the writer learns nothing of it. */
  take(token: string, text: InboundText): Promise<CodeRow | null>;
}

/** WhatsApp counts in seconds, and its clock is not ours. */
const EARLIER_MS = 5_000;
/** A token that comes from the wrong numbers is in the wrong hands. */
const MAX_MISMATCHES = 3;

interface OfLink {
  code_id: string;
  turn: number;
}

export function createMatches(deps: {
  store: Store;
  clock: Clock;
  hash: KeyedHash;
  proof: Pick<SenderProof, 'prove'>;
  /** Ends what waits of a code, in the same transaction. */
  withdrawIn(trx: Store, codeId: string): Promise<void>;
  conversion: Pick<Conversion, 'approved'>;
}): Matches {
  const { store, clock, hash, proof, withdrawIn, conversion } = deps;

  async function find(token: string, sentAt: number) {
    return await store
      .selectFrom('links')
      .innerJoin('codes', 'codes.id', 'links.code_id')
      .selectAll('codes')
      .select(['links.code_id', 'links.turn'])
      .where('links.token_hash', 'in', storedToken(hash, token))
      .where('links.used_at', 'is', null)
      .where('links.burned_at', 'is', null)
      .where('links.made_at', '<=', sentAt + EARLIER_MS)
      .where('links.ends_at', '>=', sentAt)
      .where('codes.status', 'in', ['pending', 'expired'])
      .executeTakeFirst();
  }

  /** True for one of many texts with the token. */
  async function use(found: CodeRow & OfLink): Promise<boolean> {
    return await store.transaction().execute(async (trx) => {
      const now = clock.now();
      const used = await openLink(trx, found).set({ used_at: now }).executeTakeFirst();
      if (used.numUpdatedRows !== 1n) return false;
      if (found.proof === 'code') {
        await noteProblem(trx, found.id, null, now);
        return true;
      }
      if (!(await approveByMessage(trx, found.id, now))) return false;
      await withdrawIn(trx, found.id);
      await conversion.approved(trx, found);
      return true;
    });
  }

  /** The same text may come twice, and counts once. */
  async function countMismatch(link: OfLink, { from, messageId }: InboundText): Promise<void> {
    const mark = hash(`text ${from.lid ?? from.jid} ${messageId}`);
    await store.transaction().execute(async (trx) => {
      const now = clock.now();
      const counted = await openLink(trx, link)
        .set((eb) => ({
          mismatches: eb('mismatches', '+', 1),
          last_mismatch: mark,
          burned_at: sql<number | null>`CASE WHEN mismatches + 1 >= ${sql.lit(MAX_MISMATCHES)}
            THEN CAST(${now} AS BIGINT) ELSE burned_at END`,
        }))
        .where((eb) => eb.or([eb('last_mismatch', 'is', null), eb('last_mismatch', '<>', mark)]))
        .executeTakeFirst();
      if (counted.numUpdatedRows === 1n) await noteProblem(trx, link.code_id, 'sender_mismatch', now);
    });
  }

  return {
    async take(token, text) {
      const found = await find(token, text.sentAt);
      if (!found) return null;
      const proven = await proof.prove(text.from, found.contact);
      if (proven === 'same') return (await use(found)) ? found : null;
      if (proven === 'other') await countMismatch(found, text);
      else await noteProblem(store, found.id, 'sender_not_proven', clock.now());
      return null;
    },
  };
}

function openLink(trx: Store, { code_id, turn }: OfLink) {
  return trx
    .updateTable('links')
    .where('code_id', '=', code_id)
    .where('turn', '=', turn)
    .where('used_at', 'is', null)
    .where('burned_at', 'is', null);
}
