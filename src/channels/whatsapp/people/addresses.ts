import { ChannelError } from '../../channel.js';
import { type Address, isLid } from '../jid.js';
import type { Connection } from '../socket/connection.js';
import type { Reached } from '../socket/send-text.js';
import type { Recipient, Recipients } from './recipients.js';
import type { Unheard } from './unheard.js';

/** Where messages go. */
export interface Addresses {
  /**
   * The address for a message that is sent now. That a number is on WhatsApp is believed until something suggests
   * otherwise; its identity is looked up before every message. Rejects with a `ChannelError`.
   */
  find(connection: Connection, phone: string): Promise<Reached>;
}

interface Answer extends Address {
  /** WhatsApp has said so just now. */
  isNew: boolean;
}

export function createAddresses(deps: { recipients: Recipients; unheard: Unheard }): Addresses {
  const { recipients, unheard } = deps;

  /** Without an answer an old "yes" still counts, and is still doubted; an old "no" does not. */
  async function ask(connection: Connection, phone: string, known: Recipient): Promise<Answer> {
    const jid = await connection.lookUp(phone);
    if (jid === undefined) {
      if (known.address) return { ...known.address, isNew: false };
      throw failure('retry', 'transport', 'WhatsApp did not say if it knows the number.');
    }
    if (jid === null) {
      await recipients.remember(phone, null);
      throw notOnWhatsApp();
    }
    unheard.forget(phone);
    return { jid, lid: known.address?.lid ?? null, isNew: true };
  }

  return {
    async find(connection, phone) {
      const known = await recipients.find(phone);
      const believed = known.isFresh && !unheard.isSilent(phone) ? known.address : undefined;
      if (believed === null) throw notOnWhatsApp();
      // After a look-up that was answered with a LID, the present LID cannot be asked for by number.
      const isBelieved = believed !== undefined && !isLid(believed.jid);
      let answer = isBelieved ? { ...believed, isNew: false } : await ask(connection, phone, known);
      let location = await connection.locate(answer, !isBelieved);
      if (location?.devices === 0 && isBelieved) {
        answer = await ask(connection, phone, known);
        location = await connection.locate(answer, true);
      }
      if (!location) throw failure('retry', 'transport', 'WhatsApp did not say where the number is reached.');
      const { jid } = answer;
      const { lid } = location;
      if (answer.isNew || lid !== known.address?.lid) await recipients.remember(phone, { jid, lid });
      if (location.devices > 0) return { to: lid ?? jid, number: isLid(jid) ? null : jid };
      await recipients.doubt(phone);
      throw failure('retry', 'transport', 'WhatsApp named no device of the number.');
    },
  };
}

function failure(
  kind: ChannelError['kind'],
  reason: ChannelError['failure'],
  sentence: string,
): ChannelError {
  return new ChannelError(kind, reason, sentence, false);
}

const notOnWhatsApp = () => failure('reject', 'not_on_whatsapp', 'The number is not on WhatsApp.');
