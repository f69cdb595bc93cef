import { expect, it } from 'vitest';
import { createOpened } from '../../src/app/opened.js';

it('what was opened last is closed first, one after the other', async () => {
  const opened = createOpened();
  const closed: string[] = [];
  const slow = async (name: string) => {
    await new Promise(setImmediate);
    closed.push(name);
  };
  opened.add(() => slow('lock'));
  opened.add(() => slow('database'));
  opened.add(() => closed.push('timer'));
  await opened.close();
  expect(closed).toEqual(['timer', 'database', 'lock']);
});

it('one that cannot be closed keeps no other open, and is told in the end', async () => {
  const opened = createOpened();
  const closed: string[] = [];
  opened.add(() => closed.push('lock'));
  opened.add(() => Promise.reject(new Error('the database is away')));
  await expect(opened.close()).rejects.toThrow('the database is away');
  expect(closed).toEqual(['lock']);

  opened.add(() => Promise.reject(new Error('one')));
  opened.add(() => Promise.reject(new Error('two')));
  await expect(opened.close()).rejects.toMatchObject({ errors: [{ message: 'two' }, { message: 'one' }] });
});

it('nothing is closed twice', async () => {
  const opened = createOpened();
  let times = 0;
  opened.add(() => times++);
  await Promise.all([opened.close(), opened.close()]);
  await opened.close();
  expect(times).toBe(1);
});
