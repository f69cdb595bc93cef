import type { Store } from '../../database/schema.js';
import { createMessageShapes, type MessageShapes } from '../../src/delivery/message-shapes.js';
import { bodySealer, codeHash } from './secrets.js';

/** The shapes of messages in this store, as a process with the tests' key has them. */
export function shapesIn(store: Store): MessageShapes {
  return createMessageShapes({ store, sealer: bodySealer, hash: codeHash });
}
