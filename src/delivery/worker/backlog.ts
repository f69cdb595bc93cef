/** How many codes are ahead of the next one, kept in memory so that admission costs no query. */
export interface Backlog {
  /** Those that may go out as soon as it is their turn. */
  size(): number;
  /** Those that wait until strangers can be written to. */
  held(): number;
  /** A place for a job that is on its way into the store. */
  reserved(): void;
  /** A place without a job was given back. */
  released(): void;
  /** So many jobs have taken their places; so many older ones ended by it. */
  committed(created: number, superseded: number): void;
  claimed(): void;
  /** The job in hand is done with, or went back to the queue. */
  finished(backToQueue: boolean): void;
  /** What the store counts: corrects any drift. */
  recounted(waiting: number, held: number): void;
}

export function createBacklog(): Backlog {
  let places = 0;
  let waiting = 0;
  let inHand = 0;
  let held = 0;
  return {
    size: () => places + waiting + inHand,
    held: () => held,
    reserved: () => void places++,
    released: () => void places--,
    committed(created, superseded) {
      places -= created;
      waiting += created - superseded;
    },
    claimed() {
      waiting = Math.max(0, waiting - 1);
      inHand++;
    },
    finished(backToQueue) {
      inHand--;
      if (backToQueue) waiting++;
    },
    recounted(waitingNow, heldNow) {
      waiting = waitingNow;
      held = heldNow;
    },
  };
}
