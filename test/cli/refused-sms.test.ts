import { expect, it } from 'vitest';
import { createWorld } from '../callers/world.js';
import { runKeys } from './command.js';

it('a key refuses SMS to Twilio’s clients from the beginning, or from a command on', async () => {
  const { clock, keys, row } = await createWorld('sqlite');
  const run = (...args: string[]) => runKeys({ keys, clock }, ...args);
  const create = async (...more: string[]) => {
    const { json } = await run('create', 'Web shop', '--scopes', 'verify', ...more);
    return (json as { id: string }).id;
  };

  const id = await create('--refuse-sms');
  expect(await row(id)).toMatchObject({ sms_refused_at: clock.now() });
  expect(await run('sms', id, 'allow')).toEqual({
    text: `The API key "Web shop" (${id}) takes what Twilio's clients ask for over SMS or by a call.`,
    json: { id, refusesSms: false },
  });
  expect(await row(id)).toMatchObject({ sms_refused_at: null });

  const other = await create();
  expect(await row(other)).toMatchObject({ sms_refused_at: null });
  expect(await run('sms', other, 'refuse')).toEqual({
    text: `The API key "Web shop" (${other}) refuses what Twilio's clients ask for over SMS or by a call.`,
    json: { id: other, refusesSms: true },
  });
  expect(await row(other)).toMatchObject({ sms_refused_at: clock.now() });
  const [listed] = (await run('list')).json as { id: string; refusesSms: boolean }[];
  expect(listed).toHaveProperty('refusesSms');

  for (const wrong of [[], ['maybe']]) {
    await expect(run('sms', id, ...wrong)).rejects.toThrow('"sms" needs allow or refuse.');
  }
  await expect(run('sms', 'Ab12Cd34', 'refuse')).rejects.toThrow('There is no API key with this id.');
});
