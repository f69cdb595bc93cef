import type { Log } from '../../../log.js';
import type { Address } from '../jid.js';
import { describe } from '../scrub.js';
import type { Connection } from '../socket/connection.js';
import type { Recipients } from './recipients.js';

/**
 * Asks WhatsApp, at this moment, whom a number (E.164) belongs to; what was answered before counts for nothing. null: it is
 * not on WhatsApp; undefined: no answer. Never rejects.
 */
export type Identify = (phone: string) => Promise<Address | null | undefined>;

export function createIdentify(deps: {
  recipients: Pick<Recipients, 'remember'>;
  log: Log;
  connection(): Pick<Connection, 'lookUp' | 'findLid'> | null;
}): Identify {
  const { recipients, log } = deps;

  async function ask(phone: string): Promise<Address | null | undefined> {
    const connection = deps.connection();
    const jid = await connection?.lookUp(phone);
    if (!connection || jid === undefined) return undefined;
    if (jid === null) return null;
    const lid = await connection.findLid(jid);
    return lid === undefined ? undefined : { jid, lid };
  }

  return async (phone) => {
    try {
      const address = await ask(phone);
      if (address !== undefined) await recipients.remember(phone, address);
      return address;
    } catch (error) {
      log.debug('WhatsApp did not say whose a number is', { cause: describe(error) });
      return undefined;
    }
  };
}
