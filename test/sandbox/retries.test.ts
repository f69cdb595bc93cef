import { proto } from '@whiskeysockets/baileys';
import { expect, test } from 'vitest';
import { until } from '../support/until.js';
import { connect, gateway, PERSON, sendText, session, usePairedGateway, whatsapp } from './gateway.js';

usePairedGateway();

const copies = () => whatsapp.messages(PERSON)[0]?.copies;

test('a handset asks for a message again and gets it from the same connection', async () => {
  const id = await sendText(gateway, PERSON, 'Your code is 4711');
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  whatsapp.handset(PERSON).requestRetry(id);
  await until('a second copy', () => copies() === 2);
  expect(whatsapp.messages(PERSON)).toMatchObject([{ id, text: 'Your code is 4711' }]);
  expect(whatsapp.frames().map((frame) => frame.id)).toEqual([id, id]);
});

for (const address of ['pn', 'lid'] as const) {
  test(`after a restart the gateway answers a retry that names the ${address} from its own store`, async () => {
    const id = await sendText(gateway, PERSON, 'Your code is 4711');
    await gateway.statusOf(id, 3);
    gateway.end();
    await until('no connection is left', () => whatsapp.connections() === 0);
    const asked: (string | null | undefined)[] = [];
    const again = connect(whatsapp.url, session, {
      async getMessage(key) {
        asked.push(key.id);
        return proto.Message.create({ extendedTextMessage: { text: 'Your code is 4711' } });
      },
    });
    await again.opened();
    whatsapp.handset(PERSON).requestRetry(id, address);
    await until('a second copy', () => copies() === 2);
    expect(asked).toContain(id);
  });
}

test('a handset that was installed again cannot decrypt, asks by itself and gets the message', async () => {
  await sendText(gateway, PERSON, 'before');
  await whatsapp.waitForMessage(({ text }) => text === 'before', 60_000);
  await whatsapp.handset(PERSON).reply('thanks');
  await until('the reply has come', () => gateway.received.length === 1);
  whatsapp.handset(PERSON).reinstall();
  const id = await sendText(gateway, PERSON, 'after');
  const message = await whatsapp.waitForMessage(({ text }) => text === 'after', 60_000);
  expect(message).toMatchObject({ id, copies: 1 });
  expect(whatsapp.frames().filter((frame) => frame.id === id).length).toBeGreaterThan(1);
  await gateway.statusOf(id, 3);
});

test('a retry for a message the handset never had is refused', () => {
  expect(() => whatsapp.handset(PERSON).requestRetry('3EB0')).toThrow('no message with this id');
});
