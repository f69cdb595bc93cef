import { beforeEach, expect, test } from 'vitest';
import { until } from '../support/until.js';
import { gateway, PERSON, sendText, usePairedGateway, whatsapp } from './gateway.js';

const NEW_NUMBER = '+201007654321';
const jidOf = (number: string) => `${number.slice(1)}@s.whatsapp.net`;

usePairedGateway();
let acks: Record<string, string>[];
beforeEach(() => {
  acks = [];
  gateway.sock.ws.on('CB:ack,class:message', ({ attrs }) => acks.push(attrs));
});

async function writeTo(jid: string, text: string) {
  const messageId = (await gateway.sock.sendMessage(jid, { text }))?.key.id ?? '';
  return until('an ack', () => acks.find(({ id }) => id === messageId));
}
const texts = (number: string) => whatsapp.messages(number).map(({ text }) => text);
const devicesOf = (jid: string) => gateway.sock.getUSyncDevices([jid], false, false);

test('a number registered anew has another LID; the old one takes messages and reaches nobody', async () => {
  await sendText(gateway, PERSON, 'first');
  await whatsapp.waitForMessage(({ text }) => text === 'first', 10_000);
  const old = whatsapp.handset(PERSON).lid;
  whatsapp.registerAnew(PERSON);
  const now = whatsapp.handset(PERSON).lid;
  expect(now).not.toBe(old);
  expect(await writeTo(old, 'to nobody')).toMatchObject({ refresh_lid: 'true' });
  expect(whatsapp.frames().at(-1)).toMatchObject({ to: '', jid: old });

  await devicesOf(jidOf(PERSON));
  expect(await gateway.sock.signalRepository.lidMapping.getLIDForPN(jidOf(PERSON))).toBe(now);
  expect((await writeTo(now, 'second')).refresh_lid).toBeUndefined();
  await whatsapp.waitForMessage(({ text }) => text === 'second', 10_000);
  expect(texts(PERSON)).toEqual(['first', 'second']);
});

test('a person who takes the account to another number is reached there, and the old number is gone', async () => {
  await sendText(gateway, PERSON, 'first');
  await whatsapp.waitForMessage(({ text }) => text === 'first', 10_000);
  const { lid } = whatsapp.handset(PERSON);
  whatsapp.changeNumber(PERSON, NEW_NUMBER);
  expect(whatsapp.handset(NEW_NUMBER).lid).toBe(lid);
  await writeTo(lid, 'to the LID');
  await whatsapp.waitForMessage(({ text }) => text === 'to the LID', 10_000);
  expect([texts(PERSON), texts(NEW_NUMBER)]).toEqual([['first'], ['to the LID']]);

  expect(await gateway.sock.onWhatsApp(jidOf(PERSON))).toEqual([]);
  expect(await devicesOf(jidOf(PERSON))).toEqual([]);
  expect(await gateway.sock.onWhatsApp(jidOf(NEW_NUMBER))).toHaveLength(1);
});

test('gateways that know the number can be told of either', async () => {
  const told: unknown[] = [];
  gateway.sock.ws.on('CB:notification,type:mex', (stanza) => told.push(stanza));
  gateway.sock.ws.on('CB:notification,type:contacts', (stanza) => told.push(stanza));
  await sendText(gateway, PERSON, 'hello');
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 10_000);
  whatsapp.registerAnew('+201009999999', { notify: true });
  const old = whatsapp.handset(PERSON).lid;
  whatsapp.registerAnew(PERSON, { notify: true });
  const { lid } = whatsapp.handset(PERSON);
  whatsapp.changeNumber(PERSON, NEW_NUMBER, { notify: true });
  await until('both are told', () => told.length === 2);
  expect(JSON.stringify(told[0])).toContain('LidChangeNotification');
  const [update] = (told[0] as { content: { content: Buffer }[] }).content;
  expect(JSON.parse(String(update?.content))).toEqual({
    data: { xwa2_notify_lid_change: { old, new: lid } },
  });
  expect(told[1]).toMatchObject({
    attrs: { from: jidOf(PERSON) },
    content: [
      {
        tag: 'modify',
        attrs: { old: jidOf(PERSON), new: jidOf(NEW_NUMBER), old_lid: lid, new_lid: lid },
      },
    ],
  });
});

test('a number that leaves WhatsApp is reached by nobody; its LID is out of date until it comes back', async () => {
  await sendText(gateway, PERSON, 'first');
  await whatsapp.waitForMessage(({ text }) => text === 'first', 10_000);
  const { lid } = whatsapp.handset(PERSON);
  whatsapp.setOnWhatsApp(PERSON, false);
  expect(await writeTo(lid, 'lost')).toMatchObject({ refresh_lid: 'true' });
  expect((await writeTo(jidOf(PERSON), 'lost, too')).refresh_lid).toBeUndefined();
  whatsapp.setOnWhatsApp(PERSON, true);
  expect((await writeTo(lid, 'back')).refresh_lid).toBeUndefined();
  await whatsapp.waitForMessage(({ text }) => text === 'back', 10_000);
  expect(texts(PERSON)).toEqual(['first', 'back']);
});

test("a message can be accepted and reach nobody; the sender's own phone has its copy all the same", async () => {
  whatsapp.faults.rules.swallowMessages.set({ refreshLid: false }, 1);
  const id = await sendText(gateway, PERSON, 'lost');
  await gateway.statusOf(id, 2);
  whatsapp.faults.rules.swallowMessages.set({ refreshLid: true }, 1);
  expect(await writeTo(jidOf(PERSON), 'lost, too')).toMatchObject({ refresh_lid: 'true' });
  await writeTo(jidOf(PERSON), 'found');
  await whatsapp.waitForMessage(({ text }) => text === 'found', 10_000);
  expect(texts(PERSON)).toEqual(['found']);
  expect(acks.map(({ id, error }) => [typeof id, error])).toEqual(Array(3).fill(['string', undefined]));
});

test('queries are counted by kind', async () => {
  await gateway.sock.onWhatsApp(jidOf(PERSON));
  whatsapp.faults.rules.failQueries.set({ kinds: ['contact'], code: 429 });
  await gateway.sock.onWhatsApp(jidOf(PERSON)).catch(() => {});
  expect(whatsapp.queries('contact')).toBe(2);
  expect(whatsapp.queries('devices')).toBe(0);
});
