import type { Store } from '../../../../database/schema.js';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { Receipt } from '../../channel.js';
import { createListeners } from '../listeners.js';
import { describe } from '../scrub.js';
import { lifeIn } from '../token-life.js';
import { type Addresses, createAddresses } from './addresses.js';
import { createReach, type Reach, type Who } from './reach.js';
import { createRecipients, type Named, type Recipients } from './recipients.js';
import { createUnheard, type Unheard } from './unheard.js';

/** Everything about the people written to: what is stored, what is remembered for a while, and their addresses. */
export interface People extends Addresses {
  recipients: Recipients;
  unheard: Unheard;
  reach: Reach;
  onNamed(listener: (named: Named) => unknown): () => void;
  heard(receipt: Receipt): void;
  wrote(who: Who, at: number): void;
  gave(who: Who, at: number): void;
  /** Resolves when it is stored, or cannot be. */
  refused(phone: string): Promise<void>;
  /** @param props WhatsApp's settings of clients, by their codes. */
  learnTokenLife(props: ReadonlyMap<string, string>): void;
  /** WhatsApp says that these addresses are outdated. */
  doubtAddresses(jids: string[]): void;
  forgetAll(): void;
}

export function createPeople(deps: { store: Store; clock: Clock; log: Log; account: string }): People {
  const { store, clock, log, account } = deps;
  const named = createListeners<Named>(log);
  const recipients = createRecipients(store, clock, account, named.tell);
  const reach = createReach({ store, clock, log, account });
  const unheard = createUnheard((phone) => void noted(reach.fellSilent(phone)));

  function noted(noting: Promise<void>): Promise<void> {
    return noting.catch((error: unknown) => {
      log.error('what was heard of somebody could not be stored', { cause: describe(error) });
    });
  }

  return {
    ...createAddresses({ recipients, unheard }),
    recipients,
    unheard,
    reach,
    onNamed: named.add,
    heard({ kind, messageId, from }) {
      if (kind === 'accepted') unheard.accepted(messageId);
      else unheard.arrived(messageId, from);
    },
    wrote: (who, at) => void noted(reach.wrote(who, at)),
    refused: (phone) => noted(reach.refused(phone)),
    learnTokenLife: (props) => void noted(reach.setLife(lifeIn(props, reach.life()))),
    gave: (who, at) => void noted(reach.gave(who, at)),
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
