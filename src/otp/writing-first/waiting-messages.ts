import type { Store } from '../../../database/schema.js';
import type { Writer } from '../../channels/inbound-text.js';
import type { Clock } from '../../clock.js';
import { withdraw } from '../../delivery/queue/supersede.js';
import { WRITTEN_ON } from '../written-on.js';
import type { SenderProof } from './proof.js';

/** Keeps what waits for this person over WhatsApp from going out, whoever asked for it. */
export function createWithdrawal(deps: {
  store: Store;
  clock: Clock;
  proof: SenderProof;
}): (writer: Writer) => Promise<void> {
  const { store, clock, proof } = deps;

  async function waitingFor(phone: string): Promise<number[]> {
    const rows = await store
      .selectFrom('jobs')
      .select('id')
      .where('recipient', '=', phone)
      .where('channel', '=', WRITTEN_ON)
      .where('status', 'in', ['pending', 'processing'])
      .execute();
    return rows.map(({ id }) => Number(id));
  }

  return async (writer) => {
    for (const phone of await proof.candidates(writer)) {
      const waiting = await waitingFor(phone);
      if (waiting.length === 0) continue;
      // A number that was told for a LID once may have another owner by now.
      if (writer.phone === null && (await proof.prove(writer, phone)) !== 'same') continue;
      await store.transaction().execute((trx) => withdraw(trx, waiting, clock.now()));
    }
  };
}
