import { expect, test } from 'vitest';
import { newMessageId } from '../../src/channels/whatsapp/socket/message-id.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { gateway, PERSON, pairedGateway, sendText, usePairedGateway, whatsapp } from './gateway.js';

const jid = `${PERSON.slice(1)}@s.whatsapp.net`;

usePairedGateway();

test('a text is acknowledged, shown on the handset, delivered and read', async () => {
  expect(await gateway.sock.onWhatsApp(jid)).toEqual([{ jid, exists: true }]);
  const id = await sendText(gateway, PERSON, 'Your code is 4711');
  const message = await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  expect(message).toMatchObject({ id, from: GATEWAY, to: PERSON, text: 'Your code is 4711', copies: 1 });
  expect(new Date(message.at).toISOString()).toBe(message.at);
  expect(await gateway.ackOf(id)).toEqual({ id, error: undefined });
  await gateway.statusOf(id, 3);
  expect(gateway.statuses.some(({ status }) => status === 4)).toBe(false);
  whatsapp.handset(PERSON).read(id);
  await gateway.statusOf(id, 4);
});

test("the sender's own phone confirms its copy", async () => {
  whatsapp.handset(PERSON).autoDeliver = false;
  const id = await sendText(gateway, PERSON, 'hello');
  await gateway.statusOf(id, 2);
  expect(whatsapp.messages(GATEWAY)).toEqual([]);
});

test('a text sent to the LID arrives at the same handset', async () => {
  await sendText(gateway, PERSON, 'first');
  const lid = await gateway.sock.signalRepository.lidMapping.getLIDForPN(jid);
  expect(lid).toBe(whatsapp.handset(PERSON).lid);
  await gateway.sock.sendMessage(whatsapp.handset(PERSON).lid, { text: 'second' });
  await whatsapp.waitForMessage(({ text }) => text === 'second', 60_000);
  expect(whatsapp.messages(PERSON).map(({ text }) => text)).toEqual(['first', 'second']);
  expect(whatsapp.frames().map(({ to, jid: address }) => [to, address])).toEqual([
    [PERSON, jid],
    [PERSON, lid],
  ]);
  await until('both are delivered', () => gateway.statuses.filter(({ status }) => status === 3).length === 2);
});

test('a number that is not on WhatsApp is not found and gets nothing', async () => {
  whatsapp.setOnWhatsApp(PERSON, false);
  expect(await gateway.sock.onWhatsApp(jid)).toEqual([]);
  const id = await sendText(gateway, PERSON, 'hello?');
  await gateway.ackOf(id);
  expect(whatsapp.messages()).toEqual([]);
  whatsapp.setOnWhatsApp(PERSON, true);
  expect(await gateway.sock.onWhatsApp(jid)).toEqual([{ jid, exists: true }]);
});

test('receipts come when the handset is told to send them, in any order', async () => {
  const handset = whatsapp.handset(PERSON);
  handset.autoDeliver = false;
  const id = await sendText(gateway, PERSON, 'hello');
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  handset.read();
  await gateway.statusOf(id, 4);
  handset.confirm(id);
  await gateway.statusOf(id, 3);
  expect(gateway.statuses.filter(({ status }) => status > 2).map(({ status }) => status)).toEqual([4, 3]);
});

test('an offline handset gets its messages, and confirms them, once it is online', async () => {
  const handset = whatsapp.handset(PERSON);
  handset.online = false;
  handset.autoRead = true;
  const ids = [await sendText(gateway, PERSON, 'one'), await sendText(gateway, PERSON, 'two')];
  for (const id of ids) await gateway.statusOf(id, 2);
  expect(handset.messages()).toEqual([]);
  handset.online = true;
  for (const id of ids) await gateway.statusOf(id, 4);
  expect(handset.messages().map(({ text }) => text)).toEqual(['one', 'two']);
});

test('the same message id twice is one message with two copies', async () => {
  const id = newMessageId();
  await sendText(gateway, PERSON, 'once', id);
  await sendText(gateway, PERSON, 'once', id);
  await until('a second copy', () => whatsapp.messages(PERSON)[0]?.copies === 2);
  expect(whatsapp.messages()).toHaveLength(1);
  expect(whatsapp.frames().map((frame) => frame.id)).toEqual([id, id]);
});

test('a person answers, and one writes first', async () => {
  await sendText(gateway, PERSON, 'Your code is 4711');
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  await whatsapp.handset(PERSON).reply('thanks');
  await whatsapp.handset('+201112223334').reply('send me a code', GATEWAY);
  const texts = () => gateway.received.map(({ message }) => message?.conversation);
  await until('both have been received', () => texts().length === 2);
  expect(texts()).toEqual(['thanks', 'send me a code']);
  expect(gateway.received[1]?.key).toMatchObject({
    remoteJidAlt: '201112223334@s.whatsapp.net',
    fromMe: false,
  });
  await sendText(gateway, PERSON, 'you are welcome');
  await whatsapp.waitForMessage(({ text }) => text === 'you are welcome', 60_000);
});

test('only handsets that were asked for or got something are listed', async () => {
  await gateway.sock.onWhatsApp('201009999999@s.whatsapp.net');
  whatsapp.handset('+201112223334');
  await sendText(gateway, PERSON, 'hello');
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  expect(whatsapp.handsets().map(({ number }) => number)).toEqual(['+201112223334', PERSON]);
});

test('two gateways write to the same person', async () => {
  const second = await pairedGateway(whatsapp, '+201000000002');
  await sendText(gateway, PERSON, 'from one');
  await sendText(second.gateway, PERSON, 'from two');
  await until('both have arrived', () => whatsapp.messages(PERSON).length === 2);
  expect(whatsapp.messages(PERSON).map(({ from }) => from)).toEqual([GATEWAY, '+201000000002']);
  expect(whatsapp.logins()).toBe(2);
});

test('two hundred new numbers at once get a message each', async () => {
  const numbers = Array.from({ length: 200 }, (_, n) => `+20100${String(1_000_000 + n)}`);
  const seen: string[] = [];
  whatsapp.onMessage(({ to }) => seen.push(to));
  await Promise.all(numbers.map((number) => sendText(gateway, number, `for ${number}`)));
  await until('all have arrived', () => seen.length === 200, 120_000);
  for (const number of numbers) expect(whatsapp.messages(number)[0]?.text).toBe(`for ${number}`);
});
