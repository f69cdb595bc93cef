import type { Store } from '../../../../database/schema.js';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { Receipt } from '../../channel.js';
import { createListeners } from '../listeners.js';
import { type Addresses, createAddresses } from './addresses.js';
import { createRecipients, type Named, type Recipients } from './recipients.js';
import { createUnheard, type Unheard } from './unheard.js';

/** Everything about the people written to: what is stored, what is remembered for a while, and their addresses. */
export interface People extends Addresses {
  recipients: Recipients;
  unheard: Unheard;
  onNamed(listener: (named: Named) => unknown): () => void;
  heard(receipt: Receipt): void;
  /** WhatsApp says that these addresses are outdated. */
  doubtAddresses(jids: string[]): void;
  forgetAll(): void;
}

export function createPeople(deps: { store: Store; clock: Clock; log: Log; account: string }): People {
  const { store, clock, log, account } = deps;
  const named = createListeners<Named>(log);
  const recipients = createRecipients(store, clock, account, named.tell);
  const unheard = createUnheard();
  return {
    ...createAddresses({ recipients, unheard }),
    recipients,
    unheard,
    onNamed: named.add,
    heard({ kind, messageId, from }) {
      if (kind === 'accepted') unheard.accepted(messageId);
      else unheard.arrived(messageId, from);
    },
    doubtAddresses(jids) {
      recipients.doubtAddresses(jids).catch((error: unknown) => {
        log.error('an address that WhatsApp called out of date could not be noted', { error });
      });
    },
    forgetAll() {
      recipients.forgetAll().catch((error: unknown) => {
        log.error('the recipients of the number paired before could not be deleted', { error });
      });
    },
  };
}
