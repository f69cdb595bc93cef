import { expect, it } from 'vitest';
import { keyCallerId } from '../../src/callers/caller.js';
import { listOwnTexts } from '../../src/callers/own-texts.js';
import { createWorld } from '../callers/world.js';
import { runKeys } from './command.js';

it('a text of a key is set, replaced and removed by a command, and what is typed wrong is told', async () => {
  const { clock, keys, make, database } = await createWorld('sqlite');
  const { id } = await make();
  const texts = async () => await listOwnTexts(database.store, keyCallerId(id));
  const run = async (...args: string[]) => (await runKeys({ keys, clock }, ...args)).text;

  expect(await run('text', id, 'pt-br', '{code} é o seu código {app}.')).toContain(
    'people who read pt-BR as: {{code}} é o seu código {{app}}.',
  );
  await run('text', id, '*', '{{code}}');
  expect(await texts()).toEqual([
    { locale: '*', template: '{{code}}' },
    { locale: 'pt-BR', template: '{{code}} é o seu código {{app}}.' },
  ]);
  expect(await run('text', id, '*', '--remove')).toContain('with the built-in text');
  expect(await texts()).toHaveLength(1);

  await expect(run('text', id, 'en')).rejects.toThrow('either the text or --remove');
  await expect(run('text', id, 'en', 'no place')).rejects.toThrow('The text must contain {{code}}');
  await expect(run('text', 'Ab12Cd34', 'en', '{{code}}')).rejects.toThrow(
    'There is no API key with this id.',
  );
});
