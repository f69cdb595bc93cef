import type { Log } from '../../log.js';
import type { Trouble, TroubleKind } from './close-codes.js';
import { createListeners } from './listeners.js';

/** What an operator is to be told about: each trouble once, and once that it is over (null). */
export interface Troubles {
  onTrouble(listener: (trouble: Trouble | null) => void): () => void;
  tell(trouble: Trouble | null): void;
  /** This one is over; any other stays. */
  over(kind: TroubleKind): void;
}

export function createTroubles(log: Log): Troubles {
  const listeners = createListeners<Trouble | null>(log);
  /** undefined at first: an earlier run may have left an alert open, so the first "all is well" is told as well. */
  let last: TroubleKind | null | undefined;
  function tell(trouble: Trouble | null): void {
    const kind = trouble?.kind ?? null;
    if (kind === last) return;
    last = kind;
    listeners.tell(trouble);
  }
  return {
    onTrouble: listeners.add,
    tell,
    over(kind) {
      if (last === kind) tell(null);
    },
  };
}
