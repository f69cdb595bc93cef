import type { CodeRow, Store } from '../../../database/schema.js';
import type { Floods } from '../../alarms/floods.js';
import type { Clock } from '../../clock.js';
import type { Limits, Use } from '../../limits/index.js';
import type { Conversion } from '../conversion/conversion.js';
import type { Routing } from '../route/route.js';
import { approve, countWrong, findInSlot, findRow, MAX_CHECKS, refuseEnded } from './code-rows.js';
import { subjectOf } from './counted.js';
import { notFound } from './refusals.js';
import type { Secrets } from './secrets.js';
import type { Checked, Verifications, Which } from './verification.js';

interface By {
  address: string | null;
  requestId: string | undefined;
}

/** Whether the right code came back: each check counts, and the right one counts once. */
export function createChecks(deps: {
  store: Store;
  clock: Clock;
  secrets: Secrets;
  limits: Pick<Limits, 'count'>;
  floods: Pick<Floods, 'note'>;
  routing: Pick<Routing, 'withdrawIn'>;
  conversion: Pick<Conversion, 'approved'>;
  /** As `Persons.personOf`. */
  personOf(phone: string): string;
  onChanged(): void;
}): Pick<Verifications, 'check' | 'checkByContact'> & { approve(which: Which): Promise<void> } {
  const { store, clock, secrets, limits, floods, routing, conversion, onChanged } = deps;

  /** Whoever asks: guesses at a number are counted together, however many verifications of it there are. */
  function usesOf({ contact }: CodeRow, address: string | null): Use[] {
    const uses: Use[] = [{ rule: 'contact-checks', of: subjectOf(contact, deps.personOf) }];
    if (address !== null) uses.push({ rule: 'address-code-tries', of: address });
    return uses;
  }

  /** @param by whose wrong checks are counted. */
  async function checkRow(row: CodeRow, code: string, by: By): Promise<Checked> {
    const address = by.address ?? row.client_address;
    refuseEnded(row, clock.now());
    const counted = await limits.count(usesOf(row, address));
    if (secrets.isCode(row.id, code, row.code_hash)) {
      await counted.giveBack();
      if (!(await approveOnce(row))) throw await refusalOf(row);
      onChanged();
      return { id: row.id, status: 'approved', valid: true };
    }
    const wrong = await countOnce(row.id);
    if (wrong === null) throw await refusalOf(row);
    floods.note('checks', { ...by, address: address ?? 'unknown', contact: row.contact });
    onChanged();
    return { id: row.id, status: 'pending', valid: false, checksLeft: MAX_CHECKS - wrong.tries };
  }

  async function countOnce(id: string) {
    return await store.transaction().execute(async (trx) => {
      const wrong = await countWrong(trx, id, clock.now());
      if (wrong && wrong.tries >= MAX_CHECKS) await routing.withdrawIn(trx, id);
      return wrong;
    });
  }

  async function approveOnce(row: CodeRow): Promise<boolean> {
    return await store.transaction().execute(async (trx) => {
      if (!(await approve(trx, row.id, clock.now()))) return false;
      await routing.withdrawIn(trx, row.id);
      await conversion.approved(trx, row);
      return true;
    });
  }

  /** It has ended while this check was under way. */
  async function refusalOf({ id }: CodeRow) {
    const now = clock.now();
    try {
      refuseEnded(await findRow(store, { id }, now), now);
    } catch (refusal) {
      return refusal;
    }
    return notFound();
  }

  return {
    async check(which, code, address, requestId) {
      const row = await findRow(store, which, clock.now());
      return await checkRow(row, code, { address, requestId });
    },

    async checkByContact(which, code, address, requestId) {
      const row = await findInSlot(store, secrets.slotsOf(which), clock.now());
      if (!row) throw notFound();
      return await checkRow(row, code, { address, requestId });
    },

    async approve(which) {
      const row = await findRow(store, which, clock.now());
      refuseEnded(row, clock.now());
      if (!(await approveOnce(row))) throw await refusalOf(row);
      onChanged();
    },
  };
}
