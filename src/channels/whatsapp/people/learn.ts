import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import { describe } from '../scrub.js';
import type { Connection } from '../socket/connection.js';
import { isWithin, type Recipients } from './recipients.js';

/** How long an answer, or a question, counts. */
const ONCE_IN_MS = 60_000;
/** WhatsApp restricts numbers that look up many others: never more than this many within a minute. */
const MAX_PER_MINUTE = 30;

/**
 * Looks up a number that nothing is being sent to, at most once a minute each, and stores the answer. Does nothing while
 * the connection is not open. Resolves when the answer is stored; never rejects.
 */
export function createLearn(deps: {
  recipients: Recipients;
  clock: Clock;
  log: Log;
  /** The open connection, or null. */
  connection(): Connection | null;
}): (phone: string) => Promise<void> {
  const { recipients, clock } = deps;
  const asked = new Map<string, { at: number; answered: Promise<void> }>();

  function forgetOld(): void {
    for (const [phone, { at }] of asked) {
      if (clock.elapsed() - at >= ONCE_IN_MS) asked.delete(phone);
    }
  }

  async function ask(phone: string, connection: Connection): Promise<void> {
    try {
      const known = await recipients.find(phone);
      if (isWithin(known.checkedAt, ONCE_IN_MS, clock.now())) return;
      const jid = await connection.lookUp(phone);
      if (jid === undefined) return;
      const lid = known.address?.jid === jid ? known.address.lid : null;
      await recipients.remember(phone, jid === null ? null : { jid, lid });
    } catch (error) {
      deps.log.debug('a number could not be looked up', { cause: describe(error) });
    }
  }

  return async (phone) => {
    forgetOld();
    const connection = deps.connection();
    const before = asked.get(phone);
    if (before) return before.answered;
    if (!connection || asked.size >= MAX_PER_MINUTE) return;
    const answered = ask(phone, connection);
    asked.set(phone, { at: clock.elapsed(), answered });
    return answered;
  };
}
