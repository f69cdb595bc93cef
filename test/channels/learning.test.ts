import { expect, it } from 'vitest';
import { createRecipients } from '../../src/channels/whatsapp/people/recipients.js';
import { bench, sender, usePairedSender } from './paired.js';
import { createRunningClock, inState, message, STRANGER } from './sender.js';

const NAMED = '+551187654321';
const WRITTEN = '+5511987654321';

let clock: ReturnType<typeof createRunningClock>;
usePairedSender(() => {
  clock = createRunningClock();
  return { clock };
});

const known = (phone: string) =>
  createRecipients(bench.database.store, clock, 'default', () => {}).find(phone);
const questions = () => bench.whatsapp.queries('contact');

it('learns the address of a number that nothing is sent to, and tells who it is', async () => {
  bench.whatsapp.addSpelling(NAMED, WRITTEN);
  const told: unknown[] = [];
  sender.onNamed((named) => void told.push(named));
  await sender.learn(WRITTEN);
  const jid = `${NAMED.slice(1)}@s.whatsapp.net`;
  expect(await known(WRITTEN)).toMatchObject({ address: { jid }, isReachable: false });
  expect(told).toEqual([{ phone: WRITTEN, jid }]);
  expect(bench.whatsapp.frames()).toEqual([]);
});

it('asks about a number once a minute, however often it is told to', async () => {
  bench.whatsapp.setOnWhatsApp(STRANGER, false);
  await Promise.all([sender.learn(STRANGER), sender.learn(STRANGER)]);
  await sender.learn(STRANGER);
  expect(questions()).toBe(1);
  expect((await known(STRANGER)).address).toBeNull();

  bench.whatsapp.setOnWhatsApp(STRANGER, true);
  clock.skip(60_000);
  await sender.learn(STRANGER);
  expect(questions()).toBe(2);
  expect((await known(STRANGER)).address).toMatchObject({ jid: `${STRANGER.slice(1)}@s.whatsapp.net` });
});

it('asks nothing when the answer is not a minute old, and asks again about one that is doubted', async () => {
  await sender.send(message());
  await sender.learn(STRANGER);
  expect(questions()).toBe(1);
  clock.skip(60_000);
  await createRecipients(bench.database.store, clock, 'default', () => {}).doubt(STRANGER);
  await sender.learn(STRANGER);
  expect(questions()).toBe(2);
});

it('asks about so many numbers a minute, and not one more', async () => {
  const numbers = Array.from({ length: 40 }, (_, n) => `+2010001000${10 + n}`);
  for (const number of numbers) await sender.learn(number);
  expect(questions()).toBe(30);
  clock.skip(60_000);
  await sender.learn(numbers[39] ?? '');
  expect(questions()).toBe(31);
});

it('never rejects: not without an answer, not without a connection', async () => {
  bench.whatsapp.faults.rules.failQueries.set({ kinds: ['contact'], code: 429 });
  await sender.learn(STRANGER);
  expect((await known(STRANGER)).address).toBeUndefined();

  bench.whatsapp.faults.rules.refuseUpgrades.set(503);
  bench.whatsapp.faults.dropConnections();
  await inState(sender, 'DISCONNECTED');
  await sender.learn(NAMED);
  expect(questions()).toBe(1);
});
