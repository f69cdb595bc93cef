/**
 * Runs acts one after the other, in the order of the calls, whether or not the earlier ones succeeded. Resolves and
 * rejects like the act itself.
 */
export function createTurns(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const turn = last.then(act);
    last = turn.catch(() => {});
    return turn;
  };
}
