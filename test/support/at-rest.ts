import type { Store } from '../../database/schema.js';
import { settle } from './clock.js';

/**
 * Returns what resolves when no statement and no transaction is under way, and nothing that waited for one has begun
 * another: for `createTestClock`, whose time must not go on before that on a database that answers later.
 */
export function restOf(store: Store): () => Promise<void> {
  const executor = store.getExecutor();
  const provide = executor.provideConnection.bind(executor);
  let underWay = 0;
  let begun = 0;
  executor.provideConnection = async (consumer) => {
    underWay++;
    begun++;
    try {
      return await provide(consumer);
    } finally {
      underWay--;
    }
  };
  return async () => {
    for (let before = -1; before !== begun || underWay > 0; ) {
      before = begun;
      await settle();
    }
  };
}
