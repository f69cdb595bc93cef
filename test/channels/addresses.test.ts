import { describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import { bench, sender, startAgain, usePairedSender } from './paired.js';
import { createRunningClock, failureOf, inState, message, STRANGER } from './sender.js';

const NEW_NUMBER = '+201007654321';
const MINUTE = 60_000;
const NOT_ON_WHATSAPP = { kind: 'reject', failure: 'not_on_whatsapp' };

let clock: ReturnType<typeof createRunningClock>;
usePairedSender(() => {
  clock = createRunningClock();
  return { clock };
});

/** Sends a code and waits until a handset shows it. */
async function arrives(text: string, recipient = STRANGER): Promise<void> {
  const otp = message(text, recipient);
  await sender.send(otp);
  await bench.whatsapp.waitForMessage(({ id, to }) => id === otp.messageId && to === recipient, 10_000);
}
const texts = (number: string) => bench.whatsapp.messages(number).map(({ text }) => text);
const lookUps = () => bench.whatsapp.queries('contact');
const lidOf = (number: string) => bench.whatsapp.handset(number).lid;
/** What Baileys has stored of numbers and their LIDs. */
async function mappings(): Promise<string[]> {
  const { store } = bench.database;
  const rows = store.selectFrom('whatsapp_credentials').where('type', '=', 'lid-mapping');
  return (await rows.select('id').execute()).map(({ id }) => id);
}
const known = () =>
  bench.database.store
    .selectFrom('recipients')
    .selectAll()
    .where('recipient', '=', STRANGER)
    .executeTakeFirstOrThrow();

describe('a number that is not on WhatsApp', () => {
  it('is asked about again after a minute', async () => {
    bench.whatsapp.setOnWhatsApp(STRANGER, false);
    expect(await failureOf(sender.send(message()))).toMatchObject(NOT_ON_WHATSAPP);
    bench.whatsapp.setOnWhatsApp(STRANGER, true);
    clock.skip(MINUTE - 10_000);
    expect(await failureOf(sender.send(message()))).toMatchObject(NOT_ON_WHATSAPP);
    expect(lookUps()).toBe(1);
    clock.skip(10_000);
    await arrives('here I am');
  });

  it('because it has just left gets nothing, and is told apart from one that was reached', async () => {
    await arrives('first');
    bench.whatsapp.setOnWhatsApp(STRANGER, false);
    expect(await failureOf(sender.send(message('lost')))).toMatchObject({
      ...NOT_ON_WHATSAPP,
      mayHaveArrived: false,
    });
    expect(bench.whatsapp.frames()).toHaveLength(1);
    bench.whatsapp.setOnWhatsApp(STRANGER, true);
    clock.skip(MINUTE);
    await arrives('back again');
  });

  it('is told apart from one that was reached, also when WhatsApp answers with an error', async () => {
    await arrives('first');
    bench.whatsapp.setOnWhatsApp(STRANGER, false);
    bench.whatsapp.faults.rules.failQueries.set({ kinds: ['devices'], code: 404 });
    expect(await failureOf(sender.send(message('lost')))).toMatchObject(NOT_ON_WHATSAPP);

    bench.whatsapp.setOnWhatsApp(STRANGER, true);
    clock.skip(MINUTE);
    bench.whatsapp.faults.rules.failQueries.set({ kinds: ['devices'], code: 429 }, 1);
    expect(await failureOf(sender.send(message('too fast')))).toMatchObject({ kind: 'retry' });
    bench.whatsapp.faults.reset();
    await arrives('back again');
  });

  it('and has left between the question and the message ends the same way', async () => {
    await arrives('first');
    const otp = message('lost');
    const beforeWrite = async () => {
      bench.whatsapp.setOnWhatsApp(STRANGER, false);
      return true;
    };
    expect(await failureOf(sender.send({ ...otp, beforeWrite }))).toMatchObject(NOT_ON_WHATSAPP);
    expect(texts(STRANGER)).toEqual(['first']);
  });
});

describe('a number with a new LID', () => {
  it('is reached there with the next message, and the old LID gets none', async () => {
    await arrives('first');
    const old = lidOf(STRANGER);
    bench.whatsapp.registerAnew(STRANGER);
    await arrives('second');
    await arrives('third');
    expect(bench.whatsapp.frames().map(({ jid }) => jid)).toEqual([old, lidOf(STRANGER), lidOf(STRANGER)]);
    expect(await known()).toMatchObject({ lid: lidOf(STRANGER), jid: `${STRANGER.slice(1)}@s.whatsapp.net` });
  });

  it('is reached there after a restart, too, whatever Baileys has stored', async () => {
    await arrives('first');
    await startAgain({ clock });
    await inState(sender, 'READY');
    bench.whatsapp.registerAnew(STRANGER);
    await arrives('second');
    const ids = await mappings();
    expect(ids).toContain(`${lidOf(STRANGER).split('@')[0]}_reverse`);
    // The other one is the gateway's own.
    expect(ids.filter((id) => id.endsWith('_reverse'))).toHaveLength(2);
  });

  it('that it got between the question and the message is reached with the same message', async () => {
    await arrives('first');
    const otp = message('second');
    let written = 0;
    const beforeWrite = async () => {
      written += 1;
      if (written === 1) bench.whatsapp.registerAnew(STRANGER);
      return true;
    };
    await sender.send({ ...otp, beforeWrite });
    await bench.whatsapp.waitForMessage(({ id }) => id === otp.messageId, 10_000);
    expect(texts(STRANGER)).toEqual(['first', 'second']);
    expect(written).toBe(2);
  });
});

describe('a LID that has moved to another number', () => {
  it('never gets a code for the old number', async () => {
    await arrives('first');
    const lid = lidOf(STRANGER);
    bench.whatsapp.changeNumber(STRANGER, NEW_NUMBER);
    expect(lidOf(NEW_NUMBER)).toBe(lid);
    for (const waitedMs of [0, MINUTE, 5 * MINUTE]) {
      clock.skip(waitedMs);
      expect(await failureOf(sender.send(message('not for you')))).toMatchObject(NOT_ON_WHATSAPP);
    }
    expect(texts(NEW_NUMBER)).toEqual([]);
    expect(bench.whatsapp.frames()).toHaveLength(1);
    expect((await mappings()).filter((id) => id.startsWith(STRANGER.slice(1)))).toEqual([]);
    await arrives('for you', NEW_NUMBER);
  });

  it('never gets one after the old number has another owner, who does', async () => {
    await arrives('first');
    bench.whatsapp.changeNumber(STRANGER, NEW_NUMBER);
    bench.whatsapp.registerAnew(STRANGER);
    await arrives('for the new owner');
    expect(texts(NEW_NUMBER)).toEqual([]);
    await arrives('for the old owner', NEW_NUMBER);
    expect(texts(STRANGER)).toEqual(['first', 'for the new owner']);
  });

  it('gets none while WhatsApp does not say whose it is', async () => {
    await arrives('first');
    bench.whatsapp.changeNumber(STRANGER, NEW_NUMBER);
    bench.whatsapp.faults.rules.ignoreQueries.set(['devices']);
    expect(await failureOf(sender.send(message('whose?')))).toMatchObject({
      kind: 'retry',
      mayHaveArrived: false,
    });
    expect(bench.whatsapp.frames()).toHaveLength(1);
  });
});

describe('an address is doubted', () => {
  const isDoubted = async () => (await known()).checked_at === null;

  it('when an ack calls it out of date; who the person is stays known', async () => {
    await arrives('first');
    const before = await known();
    bench.whatsapp.faults.rules.swallowMessages.set({ refreshLid: true }, 1);
    bench.whatsapp.faults.rules.ignoreQueries.set(['contact'], 1);
    await sender.send(message('lost'));
    expect(await known()).toEqual({ ...before, checked_at: null });
    await arrives('third');
    expect(lookUps()).toBe(3);
    expect(await known()).toMatchObject({ jid: before.jid, lid: before.lid });
    expect(await isDoubted()).toBe(false);
  });

  it('once only for each message, when the answer is the same', async () => {
    await arrives('first');
    bench.whatsapp.faults.rules.swallowMessages.set({ refreshLid: true }, 1);
    await sender.send(message('lost'));
    expect(lookUps()).toBe(2);
    expect(bench.whatsapp.frames()).toHaveLength(2);
  });

  it.each([
    ['a new LID', () => bench.whatsapp.registerAnew(STRANGER, { notify: true })],
    ['a new number', () => bench.whatsapp.changeNumber(STRANGER, NEW_NUMBER, { notify: true })],
  ])('when WhatsApp tells of %s', async (_what, change) => {
    await arrives('first');
    change();
    await expect.poll(isDoubted, { timeout: 10_000 }).toBe(true);
  });

  it('when three messages were accepted and none has arrived', async () => {
    bench.whatsapp.handset(STRANGER).autoDeliver = false;
    for (const text of ['one', 'two', 'three']) await arrives(text);
    expect(lookUps()).toBe(1);
    await arrives('four');
    expect(lookUps()).toBe(2);
    await arrives('five');
    expect(lookUps()).toBe(2);
  });

  it('not when one of them has arrived', async () => {
    const handset = bench.whatsapp.handset(STRANGER);
    handset.autoDeliver = false;
    for (const text of ['one', 'two', 'three']) await arrives(text);
    handset.confirm(bench.whatsapp.messages(STRANGER)[1]?.id ?? '');
    await until('delivered', () => sender.receipts.some(({ kind }) => kind === 'delivered'));
    await arrives('four');
    expect(lookUps()).toBe(1);
  });

  it('when WhatsApp refuses it, and stays the one of the person', async () => {
    await arrives('first');
    const { jid, lid } = await known();
    bench.whatsapp.faults.rules.refuseMessages.set({ code: 479, onlyCold: false }, 1);
    const otp = message('second');
    expect(await failureOf(sender.send(otp))).toMatchObject({ kind: 'retry' });
    expect(await known()).toMatchObject({ checked_at: null, jid, lid });
    await sender.send(otp);
    expect(lookUps()).toBe(2);
  });
});

it('costs known people one question a message, and strangers no more than they cost before', async () => {
  await arrives('first');
  const first = { contact: lookUps(), prekeys: bench.whatsapp.queries('prekeys') };
  expect(first.contact).toBe(1);
  const devices = bench.whatsapp.queries('devices');
  for (const text of ['second', 'third']) await arrives(text);
  expect(lookUps()).toBe(1);
  expect(bench.whatsapp.queries('devices')).toBe(devices + 2);
  expect(bench.whatsapp.queries('prekeys')).toBe(first.prekeys);

  await arrives('to another', NEW_NUMBER);
  expect(lookUps()).toBe(2);
  expect(bench.whatsapp.queries('devices')).toBe(devices + 3);
  expect(bench.whatsapp.queries('prekeys')).toBe(first.prekeys + 1);
});

it('writes to the handset behind either spelling of a number', async () => {
  const [named, written] = ['+551187654321', '+5511987654321'];
  bench.whatsapp.addSpelling(named, written);
  for (const spelling of [written, named]) {
    const otp = message(`for ${spelling}`, spelling);
    await sender.send(otp);
    await bench.whatsapp.waitForMessage(({ id }) => id === otp.messageId, 10_000);
  }
  expect(texts(named)).toEqual([`for ${written}`, `for ${named}`]);
  const rows = await bench.database.store.selectFrom('recipients').select(['recipient', 'jid']).execute();
  expect(new Set(rows.map(({ jid }) => jid))).toEqual(new Set(['551187654321@s.whatsapp.net']));
});
