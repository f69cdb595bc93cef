import { expect, test } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { pairedGateway, restartWhatsApp, sendText, useWhatsApp, whatsapp } from './gateway.js';

/** A Brazilian mobile number as WhatsApp names it, and as its owner writes it. */
const NAMED = '+551187654321';
const WRITTEN = '+5511987654321';
const jidOf = (number: string) => `${number.slice(1)}@s.whatsapp.net`;

useWhatsApp();

test('either spelling of a number is answered with the same address, and reaches the same handset', async () => {
  whatsapp.addSpelling(NAMED, WRITTEN);
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  const known = [{ jid: jidOf(NAMED), exists: true }];
  expect(await gateway.sock.onWhatsApp(jidOf(WRITTEN))).toEqual(known);
  expect(await gateway.sock.onWhatsApp(jidOf(NAMED))).toEqual(known);

  const id = await sendText(gateway, NAMED, 'hello');
  expect(await whatsapp.waitForMessage((message) => message.id === id, 10_000)).toMatchObject({ to: NAMED });
  expect(whatsapp.messages(WRITTEN)).toEqual(whatsapp.messages(NAMED));
  expect(whatsapp.handset(WRITTEN).lid).toBe(whatsapp.handset(NAMED).lid);
});

test('the address made of the other spelling belongs to nobody', async () => {
  whatsapp.addSpelling(NAMED, WRITTEN);
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  expect(await gateway.sock.getUSyncDevices([jidOf(WRITTEN)], false, false)).toEqual([]);
  expect((await gateway.sock.getUSyncDevices([jidOf(NAMED)], false, false)).length).toBe(1);
  await gateway.ackOf(await sendText(gateway, WRITTEN, 'hello?'));
  expect(whatsapp.messages()).toEqual([]);
});

test('two numbers become spellings of one, also over a restart', async () => {
  const gone = whatsapp.handset(WRITTEN);
  whatsapp.addSpelling(NAMED, WRITTEN);
  expect(whatsapp.handset(WRITTEN).lid).not.toBe(gone.lid);
  expect(whatsapp.handsets().map(({ number }) => number)).toEqual([NAMED]);
  await restartWhatsApp();
  expect(whatsapp.handset(WRITTEN).number).toBe(NAMED);
  expect(() => whatsapp.addSpelling(NAMED, NAMED)).toThrow('itself');
});
