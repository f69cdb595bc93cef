import type { Store } from '../../database/schema.js';
import { createMessageShapes, type MessageShapes } from '../../src/delivery/message-shapes.js';
import { createKeyedHash, createSealer } from '../../src/sealing.js';

const KEY = 'ab'.repeat(32);

/** The shapes of messages in this store, as a process with the tests' key has them. */
export function shapesIn(store: Store): MessageShapes {
  return createMessageShapes({
    store,
    sealer: createSealer(KEY, 'job-body'),
    hash: createKeyedHash(KEY, 'code'),
  });
}
