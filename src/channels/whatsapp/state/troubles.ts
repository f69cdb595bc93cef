import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { Trouble, TroubleKind } from '../../sender.js';
import { createListeners } from '../listeners.js';
import type { StatusBoard } from './status-board.js';

/** What an operator is to be told about: each trouble once, and once that it is over (null). */
export interface Troubles {
  onTrouble(listener: (trouble: Trouble | null) => void): () => void;
  /** To be called when the board shows it already: number and beginning are read there. */
  tell(trouble: Pick<Trouble, 'kind' | 'detail'> | null): void;
  /** This one is over; any other stays. */
  over(kind: TroubleKind): void;
}

export function createTroubles(deps: { board: StatusBoard; clock: Clock; log: Log }): Troubles {
  const { board, clock } = deps;
  const listeners = createListeners<Trouble | null>(deps.log);
  /** undefined at first: an earlier run may have left an alert open, so the first "all is well" is told as well. */
  let last: TroubleKind | null | undefined;

  function tell(trouble: Pick<Trouble, 'kind' | 'detail'> | null): void {
    const kind = trouble?.kind ?? null;
    if (kind === last) return;
    last = kind;
    listeners.tell(trouble && { ...trouble, phone: board.now().lastPhone, since: began(trouble.kind) });
  }

  function began(kind: TroubleKind): number {
    const { lostSince, restrictedSince } = board.now();
    return (kind === 'restricted' ? restrictedSince : lostSince) ?? clock.now();
  }

  return {
    onTrouble: listeners.add,
    tell,
    over(kind) {
      if (last === kind) tell(null);
    },
  };
}
