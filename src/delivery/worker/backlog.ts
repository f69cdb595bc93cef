/** How many codes are ahead of the next one, kept in memory so that admission costs no query. */
export interface Backlog {
  /** Those that may go out as soon as it is their turn. */
  size(): number;
  /** Those that wait until strangers can be written to. */
  held(): number;
  /** Admitted, on its way into the store. */
  admitted(): void;
  /** An admitted job was not stored. */
  dropped(): void;
  committed(created: number, superseded: number): void;
  claimed(): void;
  /** The job in hand is done with, or went back to the queue. */
  settled(backToQueue: boolean): void;
  /** What the store counts: corrects any drift. */
  recounted(waiting: number, held: number): void;
}

export function createBacklog(): Backlog {
  let uncommitted = 0;
  let waiting = 0;
  let inHand = 0;
  let held = 0;
  return {
    size: () => uncommitted + waiting + inHand,
    held: () => held,
    admitted: () => void uncommitted++,
    dropped: () => void uncommitted--,
    committed(created, superseded) {
      uncommitted -= created;
      waiting += created - superseded;
    },
    claimed() {
      waiting = Math.max(0, waiting - 1);
      inHand++;
    },
    settled(backToQueue) {
      inHand--;
      if (backToQueue) waiting++;
    },
    recounted(waitingNow, heldNow) {
      waiting = waitingNow;
      held = heldNow;
    },
  };
}
