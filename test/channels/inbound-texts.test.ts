import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InboundText } from '../../src/channels/inbound-text.js';
import { canReceive } from '../../src/channels/whatsapp/receiving.js';
import type { Letter } from '../../src/sandbox/whatsapp/index.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { type Bench, createBench, type RunningSender, STRANGER, statusWith } from './sender.js';

const OTHER = '+201112223334';

let bench: Bench;
let sender: RunningSender;
let heard: InboundText[];
let markers = 0;

beforeAll(async () => {
  bench = await createBench();
  await listenTo(await bench.paired());
});
afterAll(() => bench.close());

async function listenTo(made: RunningSender): Promise<void> {
  sender = made;
  heard = [];
  sender.onText((text) => heard.push(text));
}

/** What came in from the person until now, by its end: a marker that is sent after it. */
async function heardFrom(number: string): Promise<InboundText[]> {
  const marker = `marker ${++markers}`;
  await write(marker, {}, number);
  await until('the marker', () => heard.some(({ text }) => text === marker));
  return heard.splice(0).filter(({ text }) => text !== marker);
}

const write = (text: string, letter: Letter, number = STRANGER) =>
  bench.whatsapp.handset(number).write(text, { to: GATEWAY, ...letter });

describe('a text comes in with what its stanza says of who wrote it', () => {
  const jid = `${STRANGER.slice(1)}@s.whatsapp.net`;
  it.each([
    ['by LID with the number', 'lid', { jid, phone: STRANGER }],
    ['by number with the LID', 'pn', { jid, phone: STRANGER }],
    ['by LID alone', 'lid_only', { jid: null, phone: null }],
    ['by a username', 'username', { jid: null, phone: null }],
  ] as const)('%s', async (_, naming, from) => {
    const at = Date.now() - 4_000;
    const messageId = await write('hello', { naming, at });
    const { lid } = bench.whatsapp.handset(STRANGER);
    const [text, ...others] = await heardFrom(STRANGER);
    expect(text).toMatchObject({ messageId, text: 'hello', from: { ...from, lid }, isLate: false });
    expect(text?.sentAt).toBe(Math.floor(at / 1_000) * 1_000);
    expect(others).toEqual([]);
  });
});

describe('whom the writing app names beside the address is not who wrote', () => {
  const victim = '+201112229999';
  const named = `${victim.slice(1)}@s.whatsapp.net`;
  const byNumber = { peer_recipient_pn: named };
  const mappings = async () => {
    const rows = bench.database.store.selectFrom('whatsapp_credentials').where('type', '=', 'lid-mapping');
    return (await rows.select('id').execute()).filter(({ id }) => id === victim.slice(1));
  };

  it('in a text, nor in one that was sent again', async () => {
    const { lid } = bench.whatsapp.handset(STRANGER);
    await write('hello', { naming: 'lid_only', claims: byNumber });
    const id = await write('again', { naming: 'lid_only', claims: byNumber, garbled: true });
    await until('it', () => heard.some(({ messageId }) => messageId === id));
    const texts = await heardFrom(STRANGER);
    expect(texts.map(({ from }) => from)).toEqual(Array(2).fill({ jid: null, phone: null, lid }));
    expect(await mappings()).toEqual([]);
  });

  it('nor in one that waited for us, by number as by LID', async () => {
    const theirs = bench.whatsapp.handset(victim).lid;
    const { lid } = bench.whatsapp.handset(STRANGER);
    const jid = `${STRANGER.slice(1)}@s.whatsapp.net`;
    await sender.stop();
    await write('by LID', { naming: 'lid_only', claims: byNumber });
    await write('by number', { naming: 'pn', claims: { peer_recipient_lid: `${theirs}` } });
    await listenTo(await bench.sender());
    await until('both', () => heard.length === 2);
    expect(heard.splice(0).map(({ from }) => from)).toEqual([
      { jid: null, phone: null, lid },
      { jid, phone: STRANGER, lid },
    ]);
    expect(await mappings()).toEqual([]);
  });
});

describe('only what a person has written comes in', () => {
  it.each(['plain', 'extended', 'disappearing', 'view_once'] as const)('%s: yes', async (form) => {
    await write('hello', { form });
    expect((await heardFrom(STRANGER)).map(({ text }) => text)).toEqual(['hello']);
  });

  it('quoted: the answer, and not what it quotes', async () => {
    await write('hello', { form: 'quoted', about: '3A01' });
    expect((await heardFrom(STRANGER)).map(({ text }) => text)).toEqual(['ok']);
  });

  it.each([
    'edited',
    'edit',
    'revoke',
    'forwarded',
    'caption',
    'reaction',
    'group',
    'broadcast',
    'status',
  ] as const)('%s: no', async (form) => {
    await write('hello', { form, about: '3A01' });
    expect(await heardFrom(STRANGER)).toEqual([]);
  });

  it('what the owner writes to somebody on the phone itself: no', async () => {
    await write('hello', { form: 'own_phone' }, GATEWAY);
    expect(await heardFrom(STRANGER)).toEqual([]);
  });
});

it('a text that cannot be read comes in once it was sent again', async () => {
  const id = await write('hello', { garbled: true }, OTHER);
  await until('it', () => heard.some(({ messageId }) => messageId === id));
  expect(await heardFrom(OTHER)).toMatchObject([{ messageId: id, text: 'hello' }]);
});

it('a text that arrives five times comes in each time with the same id', async () => {
  const id = await write('hello', { copies: 5 });
  expect((await heardFrom(STRANGER)).map(({ messageId }) => messageId)).toEqual([id, id, id, id, id]);
});

it('what was written while we were away comes in afterwards, with its own time', async () => {
  await sender.stop();
  const at = Date.now() - 600_000;
  for (let n = 0; n < 20; n++) await write(`text ${n}`, { at: at + n * 1_000 });
  await listenTo(await bench.sender());
  await statusWith(sender, 'open', ({ openSince }) => openSince !== null);
  await until('all of them', () => heard.length === 20);
  expect(heard.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, n) => `text ${n}`));
  expect(heard.every(({ isLate }) => isLate)).toBe(true);
  expect(heard[0]?.sentAt).toBe(Math.floor(at / 1_000) * 1_000);
  heard.splice(0);
});

it('whose a number is, is asked at that moment, whatever was known before', async () => {
  const { whatsapp } = bench;
  whatsapp.addSpelling('+5511987654321', '+551187654321');
  const jid = '5511987654321@s.whatsapp.net';
  const before = whatsapp.handset('+5511987654321').lid;
  expect(await sender.identify('+551187654321')).toEqual({ jid, lid: before });
  whatsapp.registerAnew('+5511987654321');
  const now = whatsapp.handset('+5511987654321').lid;
  expect(now).not.toBe(before);
  expect(await sender.identify('+551187654321')).toEqual({ jid, lid: now });
  whatsapp.setOnWhatsApp(OTHER, false);
  expect(await sender.identify(OTHER)).toBeNull();
  whatsapp.setOnWhatsApp(OTHER, true);
  whatsapp.faults.rules.failQueries.set({ kinds: ['contact'], code: 500 }, 1);
  expect(await sender.identify(OTHER)).toBeUndefined();
});

it('nothing of a foreign text is logged or stored', async () => {
  const secret = 'zanzibar-manatee';
  await write(secret, {});
  await write(secret, { form: 'caption' });
  expect((await heardFrom(STRANGER)).map(({ text }) => text)).toEqual([secret]);
  expect(sender.lines.join('\n')).not.toContain(secret);
  const { store } = bench.database;
  const stored = await store.selectFrom('whatsapp_credentials').selectAll().execute();
  expect(JSON.stringify(stored)).not.toContain(secret);
});

describe('a number can receive', () => {
  const paired = { state: 'READY', need: null, paired: true, openSince: null, nextAttemptAt: null } as const;
  it.each([
    ['while it is connected', { openSince: 1 }, true],
    ['while it connects', { state: 'CONNECTING' }, true],
    ['if the next attempt comes in time', { state: 'DISCONNECTED', nextAttemptAt: 59_000 }, true],
    ['not if that comes too late', { state: 'DISCONNECTED', nextAttemptAt: 61_000 }, false],
    ['not when it was stopped', { state: 'DISCONNECTED' }, false],
    ['not while it is not paired', { state: 'QR_REQUIRED', need: 'pairing', paired: false }, false],
    ['not while it is logged out', { state: 'LOGGED_OUT', need: 'logged_out', paired: false }, false],
    [
      'not while it is banned, not even for minutes',
      { state: 'BANNED', need: 'banned', nextAttemptAt: 1 },
      false,
    ],
    ['not while another program has it', { state: 'CONFLICT', need: 'conflict' }, false],
    [
      'if it is tried now and then',
      { state: 'DISCONNECTED', need: 'retries_exhausted', nextAttemptAt: 1 },
      true,
    ],
  ] as const)('%s', (_, status, expected) => {
    expect(canReceive({ ...paired, ...status }, 0, 60_000)).toBe(expected);
  });
});
