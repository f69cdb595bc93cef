/**
 * Runs what it is given one after the other, in the order of the calls, whether what came before succeeded or not.
 * Resolves and rejects as the act itself.
 */
export function createTurns(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act);
    last = turn.catch(() => {});
    return turn;
  };
}
