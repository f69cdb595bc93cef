import { expect, test } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { gateway, PERSON, sendText, session, usePairedGateway, whatsapp } from './gateway.js';

const DAY_MS = 24 * 60 * 60_000;
const number = (at: number) => `+20100123456${at}`;

usePairedGateway();

async function errorOf(to: string): Promise<string | undefined> {
  return (await gateway.ackOf(await sendText(gateway, to, 'hello'))).error;
}
const cap = () => gateway.sock.fetchNewChatMessageCap();
const hasToken = async (of: string) => {
  const { lid } = whatsapp.handset(of);
  return (await session.keys.get('tctoken', [lid]))[lid] !== undefined;
};

test('so many chats may be begun in a cycle; an answer takes one off, and the next cycle begins anew', async () => {
  const phone = whatsapp.phone(GATEWAY);
  phone.capNewChats({ total: 2, cycleEnd: Date.now() + DAY_MS });
  expect([await errorOf(number(1)), await errorOf(number(1)), await errorOf(number(2))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await cap()).toMatchObject({ total_quota: '2', used_quota: '2', capping_status: 'CAPPED' });
  expect(await errorOf(number(3))).toBe('475');
  await whatsapp.handset(number(1)).reply('thanks', GATEWAY);
  expect(await cap()).toMatchObject({ used_quota: '1', capping_status: 'FIRST_WARNING' });
  expect(await errorOf(number(3))).toBeUndefined();

  phone.capNewChats({ total: 2, used: 2, cycleEnd: Date.now() - 1 });
  expect(await cap()).toMatchObject({ used_quota: '0', capping_status: 'NONE' });
  expect(await errorOf(number(4))).toBeUndefined();
});

test('both names of the query of the cap are answered, each with its own type only', async () => {
  const ask = (queryId: string, type: string) =>
    gateway.sock.query({
      tag: 'iq',
      attrs: { id: gateway.sock.generateMessageTag(), type: 'get', to: '@s.whatsapp.net', xmlns: 'w:mex' },
      content: [
        {
          tag: 'query',
          attrs: { query_id: queryId },
          content: Buffer.from(JSON.stringify({ variables: { input: { type } } })),
        },
      ],
    });
  const answers = [];
  for (const [queryId, type] of [
    ['27910975521856601', 'INDIVIDUAL_NEW_CHAT_THREAD'],
    ['24503548349331633', 'INDIVIDUAL_NEW_CHAT_MSG'],
    ['27910975521856601', 'INDIVIDUAL_NEW_CHAT_MSG'],
    ['1', 'INDIVIDUAL_NEW_CHAT_THREAD'],
  ] as const) {
    const [result] = (await ask(queryId, type)).content as { content: Buffer }[];
    answers.push(Object.keys(JSON.parse(String(result?.content)))[0]);
  }
  expect(answers).toEqual(['data', 'data', 'errors', 'errors']);
});

test('a token comes with a message, later, or not at all, and lives as long as the props say', async () => {
  const restricted = { until: Date.now() + DAY_MS };
  await sendText(gateway, PERSON, 'hello');
  whatsapp.tokens.given = false;
  await whatsapp.handset(PERSON).reply('one', GATEWAY);
  await until('the text has come', () => gateway.received.length === 1);
  whatsapp.phone(GATEWAY).restrict(restricted);
  expect(await errorOf(PERSON)).toBe('463');

  Object.assign(whatsapp.tokens, { given: true, delayMs: 300 });
  await whatsapp.handset(PERSON).reply('two', GATEWAY);
  await until('the text has come', () => gateway.received.length === 2);
  expect(await hasToken(PERSON)).toBe(false);
  await until('the token has come', () => hasToken(PERSON));
  expect(await errorOf(PERSON)).toBeUndefined();

  whatsapp.tokens.buckets = 0;
  expect(await errorOf(PERSON)).toBe('463');
});

test('who has blocked the number, or keeps the chat to the phones, gets nothing; the ack does not tell', async () => {
  for (const way of ['blocks', 'keepsToPhones'] as const) {
    whatsapp.handset(PERSON)[way] = true;
    expect(await errorOf(PERSON)).toBeUndefined();
    whatsapp.handset(PERSON)[way] = false;
  }
  const id = await sendText(gateway, PERSON, 'now');
  await gateway.statusOf(id, 3);
  expect(whatsapp.messages(PERSON).map(({ text }) => text)).toEqual(['now']);
});

test('a number named beside a LID that is not its own is refused', async () => {
  const { lid } = whatsapp.handset(PERSON);
  const write = (pn: string, messageId: string) =>
    gateway.sock.relayMessage(
      lid,
      { conversation: 'hello' },
      { messageId, additionalAttributes: { peer_recipient_pn: pn } },
    );
  await write(`${PERSON.slice(1)}@s.whatsapp.net`, '3EB01');
  await write(`${number(9).slice(1)}@s.whatsapp.net`, '3EB02');
  expect([(await gateway.ackOf('3EB01')).error, (await gateway.ackOf('3EB02')).error]).toEqual([
    undefined,
    '400',
  ]);
});
