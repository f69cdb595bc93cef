import { expect, it } from 'vitest';
import { createTurns } from '../src/one-at-a-time.js';

it('acts begin in the order of the calls, each when the one before has ended', async () => {
  const inTurn = createTurns();
  const told: string[] = [];
  const ends: (() => void)[] = [];
  const act = (name: string) => async () => {
    told.push(`${name} begins`);
    await new Promise<void>((resolve) => ends.push(resolve));
    told.push(`${name} ends`);
    return name;
  };
  const answers = [inTurn(act('one')), inTurn(act('two'))];
  for (const answer of answers) {
    await new Promise(setImmediate);
    expect(ends).toHaveLength(1);
    ends.pop()?.();
    await answer;
  }
  expect(await Promise.all(answers)).toEqual(['one', 'two']);
  expect(told).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
});

it('one that fails tells its caller, and stops none of the others', async () => {
  const inTurn = createTurns();
  const failing = inTurn(() => Promise.reject(new Error('no')));
  const next = inTurn(async () => 'next');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
});
