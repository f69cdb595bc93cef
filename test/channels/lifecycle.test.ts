import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { LifecycleEvent } from '../../src/channels/whatsapp/socket/events.js';
import { createLifecycle, type LifecycleDeps } from '../../src/channels/whatsapp/socket/lifecycle.js';
import { createRejections } from '../../src/channels/whatsapp/socket/rejections.js';
import { createTestClock } from '../support/clock.js';

/** Sockets that open nothing, and a listener that cannot hear that an old one has ended while `isDeaf`. */
function createWorld() {
  const events: LifecycleEvent[] = [];
  const world = { isDeaf: false, sockets: 0 };
  const makeWASocket = () => {
    world.sockets += 1;
    const ws = Object.assign(new EventEmitter(), { isOpen: false, isClosed: false, close: async () => {} });
    return { ev: new EventEmitter(), ws, authState: { creds: {} }, end: async () => {} };
  };
  const session = { isPaired: () => true, phone: () => '+201000000001', save() {} };
  const baileys = { makeWASocket, Browsers: { ubuntu: () => [] } };
  const deps = {
    clock: createTestClock(),
    rejections: createRejections(),
    sessions: { open: async () => ({ baileys, session }) },
    settings: { checkIntervalMs: 15_000 },
    caches: {},
    emit(event: LifecycleEvent) {
      if (world.isDeaf && event.type === 'old_closed') throw new Error('deaf');
      events.push(event);
    },
  };
  return { world, events, lifecycle: createLifecycle(deps as unknown as LifecycleDeps) };
}

it('a failure to end the old connection is told, and the next attempt does not inherit it', async () => {
  const { world, events, lifecycle } = createWorld();
  await lifecycle.connect();
  world.isDeaf = true;
  await lifecycle.connect();
  expect(events.map(({ type }) => type)).toEqual(['connecting', 'not_opened']);
  expect(lifecycle.connection()).toBeNull();
  world.isDeaf = false;
  await lifecycle.connect();
  expect(events.at(-1)?.type).toBe('connecting');
  expect(world.sockets).toBe(2);
  await lifecycle.disconnect('the test is over');
});
