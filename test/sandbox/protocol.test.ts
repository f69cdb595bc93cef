import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createRule } from '../../src/sandbox/whatsapp/rule.js';
import { emptyState, exportState, importState } from '../../src/sandbox/whatsapp/state.js';
import { createFrameReader, frame } from '../../src/sandbox/whatsapp/wire/frames.js';
import { connect, createSession, useWhatsApp, whatsapp } from './gateway.js';

useWhatsApp({ qrRefs: 1 });

test('frames are found in any pieces, after the prefix and routing information', () => {
  const stream = Buffer.concat([
    Buffer.from('ED\0\x01', 'latin1'),
    Buffer.from([0, 0, 3, 9, 9, 9]),
    Buffer.from([0x57, 0x41, 6, 3]),
    frame(Buffer.from('first')),
    frame(Buffer.alloc(0)),
    frame(Buffer.from('third')),
  ]);
  for (let size = 1; size <= stream.length; size++) {
    const frames: string[] = [];
    const read = createFrameReader((payload) => frames.push(payload.toString()));
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    expect(frames).toEqual(['first', '', 'third']);
  }
});

test('a client that talks nonsense is cut off, and others are served', async () => {
  const client = new WebSocket(whatsapp.url);
  await once(client, 'open');
  client.send(Buffer.concat([Buffer.from([0x57, 0x41, 6, 3]), frame(Buffer.from('this is no handshake'))]));
  await once(client, 'close');
  await connect(whatsapp.url, createSession()).qr();
});

test('only WebSockets are served, on loopback only', async () => {
  expect(whatsapp.url).toBe(`ws://127.0.0.1:${whatsapp.port}/ws/chat`);
  expect((await fetch(`http://127.0.0.1:${whatsapp.port}/`)).status).toBe(426);
});

test('a rule applies as often as it was told, and only where it fits', () => {
  const rule = createRule<{ kind: string }>();
  expect(rule.take()).toBeUndefined();
  rule.set({ kind: 'a' }, 2);
  expect(rule.take(({ kind }) => kind === 'b')).toBeUndefined();
  expect(rule.take()).toEqual({ kind: 'a' });
  expect(rule.describe()).toEqual({ setting: { kind: 'a' }, times: 1 });
  expect(rule.take()).toEqual({ kind: 'a' });
  expect(rule.take()).toBeUndefined();
  rule.set({ kind: 'c' });
  for (let time = 0; time < 5; time++) expect(rule.take()).toEqual({ kind: 'c' });
  rule.clear();
  expect(rule.describe()).toBeNull();
});

test('a stored state of another version is refused', () => {
  const stored = { ...exportState(emptyState()), version: 2 };
  expect(() => importState(stored)).toThrow('another version');
});
