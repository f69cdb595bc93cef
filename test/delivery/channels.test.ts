import { expect, it, onTestFinished } from 'vitest';
import type { OutgoingMessage } from '../../src/channels/channel.js';
import type { Channel } from '../../src/delivery/channels.js';
import { createTestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/databases.js';
import { openDelivery } from '../support/delivery.js';
import { openCodes } from '../support/issuing.js';
import { createScriptedSender } from '../support/scripted-sender.js';

/** A channel that nobody has heard of before. */
function pigeons(reaches: Channel['reaches'], away: OutgoingMessage[]): Channel {
  let ids = 0;
  return {
    name: 'pigeons',
    reaches,
    costs: false,
    sender: 'loft 7',
    tracksRecipients: false,
    rules: { ttlMs: 300_000, minSendDelayMs: 0, maxSendDelayMs: 0, maxAttempts: 2, maxWrites: 1 },
    newMessageId: () => `pigeon ${++ids}`,
    outlet: {
      async send(message) {
        await message.beforeWrite();
        away.push(message);
        return { acceptedAt: 0 };
      },
      openSince: () => 0,
      closure: () => null,
      warmOnly: () => false,
      isCold: async () => false,
      coldAllowance: () => null,
      isSilent: async () => false,
      onReachable: () => () => {},
      shutOut: async () => null,
      shutOutUntil: () => null,
      refused() {},
      onChange: () => () => {},
      onReceipt: () => () => {},
    },
  };
}

async function start(channels: (whatsapp: Channel, email: Channel) => Channel[]) {
  const database = await openTestDatabase();
  const { store } = database;
  const clock = createTestClock();
  const sender = createScriptedSender(clock);
  const settings = { minSendDelayMs: 0, maxSendDelayMs: 0 };
  const delivery = openDelivery({ database, sender, clock, settings, channels });
  await delivery.start();
  onTestFinished(async () => {
    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
    await database.close();
  });
  const { issuer } = openCodes({ database, delivery, clock });
  const issueTo = (kind: 'phone' | 'email', value: string) =>
    issuer.issue({
      caller: 'env',
      contact: { kind, value },
      purpose: 'gateway',
      length: 6,
      ttlMs: 300_000,
      silent: false,
    });
  return { store, clock, sender, delivery, issueTo };
}

it('a further channel has a lane of its own, with its rules, its ids and its sender', async () => {
  const away: OutgoingMessage[] = [];
  const { store, clock, sender, delivery, issueTo } = await start((whatsapp, email) => [
    whatsapp,
    pigeons('email', away),
    email,
  ]);
  expect([...delivery.lanes.keys()]).toEqual(['whatsapp', 'pigeons', 'email']);
  await issueTo('phone', '+201001234567');
  const { jobId } = await issueTo('email', 'someone@example.org');
  await clock.advance(1_000);
  expect(sender.written.map(({ recipient }) => recipient)).toEqual(['+201001234567']);
  expect(away.map(({ recipient }) => recipient)).toEqual(['someone@example.org']);
  const rows = await store
    .selectFrom('jobs')
    .select(['channel', 'sender', 'account', 'message_id', 'status'])
    .orderBy('id')
    .execute();
  const message_id = expect.stringMatching(/^3EB0[0-9A-F]{18}$/);
  expect(rows).toEqual([
    { channel: 'whatsapp', sender: 'default', account: 'default', message_id, status: 'sent' },
    { channel: 'pigeons', sender: 'loft 7', account: 'default', message_id: 'pigeon 1', status: 'sent' },
  ]);
  expect(await delivery.jobs.find(jobId)).toMatchObject({ channel: 'pigeons', status: 'sent' });
});

it('a code goes through the first channel of the list that reaches its contact', async () => {
  const away: OutgoingMessage[] = [];
  const { sender, delivery, clock, issueTo } = await start((whatsapp, email) => [
    pigeons('phone', away),
    whatsapp,
    email,
  ]);
  await issueTo('phone', '+201001234567');
  await clock.advance(1_000);
  expect([away.length, sender.written.length]).toEqual([1, 0]);
  // What is told about the whole is told about the first.
  sender.set({ state: 'LOGGED_OUT', need: 'logged_out', openSince: null });
  expect(delivery.obstacle()).toBeNull();
  await expect(
    delivery.lanes.get('whatsapp')?.reserve('+201001234567', { silent: false }),
  ).rejects.toMatchObject({
    code: 'sender_logged_out',
  });
});

it('without a channel there is nothing to deliver', async () => {
  await expect(start(() => [])).rejects.toThrow('no channel');
});
