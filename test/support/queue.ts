import type { Database } from '../../database/connect.js';
import { newMessageId } from '../../src/channels/whatsapp/socket/message-id.js';
import type { Clock } from '../../src/clock.js';
import { createEnqueue } from '../../src/delivery/queue/enqueue.js';
import { createPersons } from '../../src/delivery/queue/persons.js';
import { createQueue } from '../../src/delivery/queue/queue.js';
import { bodySealer, codeHash } from './secrets.js';
import { shapesIn } from './shapes.js';

const TTL_MS = 300_000;

/** Both ends of the queue of one channel, over a real store: what puts jobs in, and what workers take them from. */
export function openQueue({
  database,
  clock,
  maxAttempts = 3,
  onCommitted = () => {},
}: {
  database: Pick<Database, 'kind' | 'store'>;
  clock: Clock;
  maxAttempts?: number;
  onCommitted?: (created: number, superseded: number) => void;
}) {
  const { store } = database;
  const common = { store, clock, account: 'default', channel: 'whatsapp', ttlMs: TTL_MS };
  const shapes = shapesIn(store);
  const persons = createPersons({ store });
  return {
    common,
    shapes,
    persons,
    incoming: createEnqueue({
      ...common,
      tracksRecipients: true,
      newMessageId,
      bodySealer,
      codeHash,
      shapes,
      persons,
      onCommitted,
    }),
    /** As the worker of this owner has it. */
    queueOf: (owner: string, sealer = bodySealer) =>
      createQueue({
        ...common,
        database,
        owner,
        sender: 'default',
        maxAttempts,
        maxWrites: 3,
        tracksRecipients: true,
        bodySealer: sealer,
      }),
  };
}
