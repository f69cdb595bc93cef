import { expect, it } from 'vitest';
import { createWorld } from '../callers/world.js';
import { runKeys } from './command.js';

it('whoever rotates a key is told that its webhooks go on', async () => {
  const { clock, keys } = await createWorld('sqlite');
  const made = await runKeys({ keys, clock }, 'create', 'Web shop', '--scopes', 'webhooks:manage');
  const { id } = made.json as { id: string };
  const { text, json } = await runKeys({ keys, clock }, 'rotate', id);
  expect(text).toMatch(/Webhooks +go on \(2\), with secrets of their own/);
  expect(json).toMatchObject({ id, webhooks: 2 });
});
