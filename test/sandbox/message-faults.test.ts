import { expect, test } from 'vitest';
import { newMessageId } from '../../src/channels/whatsapp/socket/message-id.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { connect, gateway, PERSON, sendText, session, usePairedGateway, whatsapp } from './gateway.js';

const STRANGER = '+201112223334';

usePairedGateway();

/** The person writes, and the gateway has the token that comes with it. */
async function answerFrom(number: string): Promise<void> {
  const { lid } = whatsapp.handset(number);
  await whatsapp.handset(number).reply('write to me', GATEWAY);
  await until('the token is stored', async () => (await session.keys.get('tctoken', [lid]))[lid]);
}

test('a withheld ack: the message arrives, its receipt is the only proof', async () => {
  whatsapp.faults.rules.withholdAcks.set({ deliver: true }, 1);
  const id = await sendText(gateway, PERSON, 'hello');
  await gateway.statusOf(id, 3);
  expect(gateway.acks).toEqual([]);
  await gateway.ackOf(await sendText(gateway, PERSON, 'again'));
});

test('a withheld ack: the server takes the message and keeps it to itself', async () => {
  whatsapp.faults.rules.withholdAcks.set({ deliver: false }, 1);
  const id = await sendText(gateway, PERSON, 'lost');
  await sendText(gateway, PERSON, 'found');
  await whatsapp.waitForMessage(({ text }) => text === 'found', 60_000);
  expect(whatsapp.frames()[0]).toMatchObject({ id, to: PERSON });
  expect(whatsapp.messages(PERSON).map(({ text }) => text)).toEqual(['found']);
});

test('a lost ack: the receipts come after the next login', async () => {
  whatsapp.faults.rules.loseAcks.set({ deliver: true }, 1);
  const id = await sendText(gateway, PERSON, 'hello');
  expect(await gateway.closed()).toBe(428);
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  const again = connect(whatsapp.url, session);
  await again.opened();
  await again.statusOf(id, 3);
  again.end();
  await until('no connection is left', () => whatsapp.connections() === 0);

  // What was acknowledged is not replayed once more.
  const later = connect(whatsapp.url, session);
  await later.opened();
  await until('everything that waited', () =>
    later.updates.some(({ receivedPendingNotifications }) => receivedPendingNotifications),
  );
  expect(later.statuses).toEqual([]);
});

test('a lost ack of a message that was lost as well', async () => {
  whatsapp.faults.rules.loseAcks.set({ deliver: false }, 1);
  const id = await sendText(gateway, PERSON, 'hello');
  await gateway.closed();
  const again = connect(whatsapp.url, session);
  await again.opened();
  await sendText(again, PERSON, 'hello', id);
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  expect(whatsapp.messages(PERSON)).toMatchObject([{ id, copies: 1 }]);
  expect(whatsapp.frames()).toHaveLength(2);
});

test('an error in the ack reaches the client, and the handset gets nothing', async () => {
  whatsapp.faults.rules.refuseMessages.set({ code: 479, onlyCold: false }, 1);
  const id = await sendText(gateway, PERSON, 'hello');
  expect(await gateway.ackOf(id)).toEqual({ id, error: '479' });
  expect(await gateway.statusOf(id, 0)).toMatchObject({ stub: ['479'] });
  expect(whatsapp.messages()).toEqual([]);
});

test('a LID that nobody has is refused', async () => {
  const id = newMessageId();
  await gateway.sock.sendMessage('999999999999999@lid', { text: 'hello' }, { messageId: id });
  expect(await gateway.ackOf(id)).toEqual({ id, error: '404' });
});

test('only whoever has given a token is no stranger, and writing gives one', async () => {
  await sendText(gateway, PERSON, 'hello');
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  whatsapp.faults.rules.refuseMessages.set({ code: 463, onlyCold: true });
  const cold = await sendText(gateway, PERSON, 'hello again');
  expect(await gateway.ackOf(cold)).toEqual({ id: cold, error: '463' });
  await answerFrom(PERSON);
  const warm = await sendText(gateway, PERSON, 'gladly');
  expect(await gateway.ackOf(warm)).toEqual({ id: warm, error: undefined });
});

test('a restricted number is told so, can ask, and reaches only those whose token it has', async () => {
  await gateway.ackOf(await sendText(gateway, PERSON, 'hello'));
  await answerFrom(PERSON);
  const end = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
  const restricted = { isActive: true, timeEnforcementEnds: new Date(end), enforcementType: 'BIZ_QUALITY' };
  whatsapp.phone(GATEWAY).restrict({ until: end, type: 'BIZ_QUALITY' });
  await until('the restriction is told', () =>
    gateway.updates.find(({ reachoutTimeLock }) => reachoutTimeLock?.isActive),
  );
  expect(gateway.updates.at(-1)?.reachoutTimeLock).toEqual(restricted);
  expect(await gateway.sock.fetchAccountReachoutTimelock()).toEqual(restricted);
  const cold = await sendText(gateway, STRANGER, 'hello stranger');
  expect(await gateway.ackOf(cold)).toEqual({ id: cold, error: '463' });
  const warm = await sendText(gateway, PERSON, 'hello again');
  expect(await gateway.ackOf(warm)).toEqual({ id: warm, error: undefined });

  whatsapp.phone(GATEWAY).liftRestriction();
  await until(
    'the end of the restriction is told',
    () => gateway.updates.at(-1)?.reachoutTimeLock?.isActive === false,
  );
  expect((await gateway.sock.fetchAccountReachoutTimelock()).isActive).toBe(false);
  const free = await sendText(gateway, STRANGER, 'hello stranger');
  expect(await gateway.ackOf(free)).toEqual({ id: free, error: undefined });
});

test('a restriction ends by itself when its time has come', async () => {
  whatsapp.phone(GATEWAY).restrict({ until: Date.now() - 1, notify: false });
  const id = await sendText(gateway, PERSON, 'hello');
  expect(await gateway.ackOf(id)).toEqual({ id, error: undefined });
});

test('a restriction without an end and without a notification shows only in the acks and when asked', async () => {
  whatsapp.phone(GATEWAY).restrict({ notify: false });
  const id = await sendText(gateway, PERSON, 'hello');
  expect(await gateway.ackOf(id)).toEqual({ id, error: '463' });
  expect(gateway.updates.some(({ reachoutTimeLock }) => reachoutTimeLock)).toBe(false);
  expect(await gateway.sock.fetchAccountReachoutTimelock()).toMatchObject({
    isActive: true,
    timeEnforcementEnds: undefined,
  });
});
