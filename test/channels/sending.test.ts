import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../database/unavailable.js';
import { KEY } from '../support/secrets.js';
import { until } from '../support/until.js';
import { bench, sender, startAgain, usePairedSender } from './paired.js';
import { failureOf, inState, message, STRANGER, writeFrom } from './sender.js';

usePairedSender();

const kindsOf = (messageId: string) =>
  sender.receipts.filter((receipt) => receipt.messageId === messageId).map(({ kind }) => kind);

describe('sending', () => {
  it('resolves with the ack, the handset shows the text, receipts follow', async () => {
    const otp = message('Your code is 4711');
    const before = Date.now();
    const { acceptedAt } = await sender.send(otp);
    expect(acceptedAt).toBeGreaterThanOrEqual(before);
    const shown = await bench.whatsapp.waitForMessage(({ id }) => id === otp.messageId, 60_000);
    expect(shown).toMatchObject({ to: STRANGER, text: 'Your code is 4711' });
    await until('delivered', () => kindsOf(otp.messageId).includes('delivered'));
    bench.whatsapp.handset(STRANGER).read();
    await until('read', () => kindsOf(otp.messageId).includes('read'));
    expect([...new Set(kindsOf(otp.messageId))]).toEqual(['accepted', 'delivered', 'read']);
  });

  it('writes to the LID once the number is mapped to one', async () => {
    await sender.send(message());
    const { lid, jid } = await bench.database.store
      .selectFrom('recipients')
      .selectAll()
      .executeTakeFirstOrThrow();
    expect(jid).toBe(`${STRANGER.slice(1)}@s.whatsapp.net`);
    expect(lid).toMatch(/^\d+@lid$/);
    expect(bench.whatsapp.frames()[0]?.jid).toBe(lid);
  });

  it('sends nothing to a number that is not on WhatsApp, and remembers it', async () => {
    bench.whatsapp.setOnWhatsApp(STRANGER, false);
    expect(await failureOf(sender.send(message()))).toMatchObject({
      kind: 'reject',
      failure: 'not_on_whatsapp',
      mayHaveArrived: false,
    });
    bench.whatsapp.faults.rules.ignoreQueries.set(['contact']);
    expect(await failureOf(sender.send(message()))).toMatchObject({ failure: 'not_on_whatsapp' });
    expect(bench.whatsapp.frames()).toHaveLength(0);
  });

  it('asks about a number once, also over a restart', async () => {
    await sender.send(message());
    await startAgain();
    await inState(sender, 'READY');
    bench.whatsapp.faults.rules.ignoreQueries.set(['contact']);
    await sender.send(message());
    expect(bench.whatsapp.messages(STRANGER)).toHaveLength(2);
  });

  it('counts a failure when WhatsApp does not answer about the number', async () => {
    bench.whatsapp.faults.rules.ignoreQueries.set(['contact']);
    expect(await failureOf(sender.send(message()))).toMatchObject({ kind: 'retry', mayHaveArrived: false });
    expect(bench.whatsapp.frames()).toHaveLength(0);
  });

  it('never sends to nobody when WhatsApp names no devices', async () => {
    bench.whatsapp.faults.rules.ignoreQueries.set(['devices']);
    expect(await failureOf(sender.send(message()))).toMatchObject({ kind: 'retry', mayHaveArrived: false });
    expect(bench.whatsapp.frames()).toHaveLength(0);
  });

  it('counts a failure when the keys of the recipient cannot be had', async () => {
    bench.whatsapp.faults.rules.failQueries.set({ kinds: ['prekeys'], code: 406 });
    expect(await failureOf(sender.send(message()))).toMatchObject({ kind: 'retry', failure: 'transport' });
    expect(bench.whatsapp.frames()).toHaveLength(0);
    bench.whatsapp.faults.reset();
    await sender.send(message());
  });

  it('does not write what is not to be written any more', async () => {
    const late = { ...message(), beforeWrite: async () => false };
    expect(await failureOf(sender.send(late))).toMatchObject({ kind: 'wait', failure: 'not_written' });
    expect(bench.whatsapp.frames()).toHaveLength(0);
  });

  it('a database that fails before the write is no fault of the message', async () => {
    const beforeWrite = async () => {
      throw new StoreUnavailable(new Error('Connection terminated unexpectedly'));
    };
    const failed = await failureOf(sender.send({ ...message(), beforeWrite }));
    expect(failed).toMatchObject({ kind: 'wait', failure: 'not_written', mayHaveArrived: false });
    expect(bench.whatsapp.frames()).toHaveLength(0);
  });

  it('stays open while no ack comes, until a receipt proves acceptance', async () => {
    bench.whatsapp.faults.rules.withholdAcks.set({ deliver: true });
    bench.whatsapp.handset(STRANGER).autoDeliver = false;
    const otp = message();
    let settled = false;
    const sending = sender.send(otp).finally(() => {
      settled = true;
    });
    await bench.whatsapp.waitForMessage(({ id }) => id === otp.messageId, 60_000);
    expect(settled).toBe(false);
    bench.whatsapp.handset(STRANGER).read(otp.messageId);
    await sending;
  });

  it('a second send of a message that is under way waits for the same ack', async () => {
    const otp = message();
    await Promise.all([sender.send(otp), sender.send(otp)]);
    expect(bench.whatsapp.frames()).toHaveLength(1);
  });

  it('leaves the fate open when the connection drops before the ack; the receipt comes after the reconnect', async () => {
    await sender.send(message());
    bench.whatsapp.faults.rules.loseAcks.set({ deliver: true }, 1);
    const otp = message();
    expect(await failureOf(sender.send(otp))).toMatchObject({
      kind: 'wait',
      failure: 'not_connected',
      mayHaveArrived: true,
    });
    await inState(sender, 'READY');
    await until('delivered', () => kindsOf(otp.messageId).includes('delivered'));
    expect(bench.whatsapp.frames().filter(({ id }) => id === otp.messageId)).toHaveLength(1);
  });

  it('hears of receipts that came while it was down', async () => {
    const handset = bench.whatsapp.handset(STRANGER);
    handset.autoDeliver = false;
    const otp = message();
    await sender.send(otp);
    await sender.stop();
    handset.read(otp.messageId);
    await startAgain();
    await until('read', () => kindsOf(otp.messageId).includes('read'));
  });

  it('says "wait" while there is no connection', async () => {
    bench.whatsapp.faults.rules.refuseUpgrades.set(503);
    bench.whatsapp.faults.dropConnections();
    await inState(sender, 'DISCONNECTED');
    expect(await failureOf(sender.send(message()))).toMatchObject({
      kind: 'wait',
      failure: 'not_connected',
      mayHaveArrived: false,
    });
  });

  it.each([
    [401, 'sender_logged_out'],
    [403, 'sender_banned'],
  ])('rejects what is under way when WhatsApp closes with %i', async (code, failure) => {
    bench.whatsapp.faults.rules.withholdAcks.set({ deliver: false });
    const otp = message();
    const failing = failureOf(sender.send(otp));
    await until('the message is out', () => bench.whatsapp.frames().some(({ id }) => id === otp.messageId));
    bench.whatsapp.faults.streamError(code);
    expect(await failing).toMatchObject({ kind: 'reject', failure });
  });

  it.each([
    [429, 'retry', 'transport'],
    [500, 'retry', 'transport'],
    [487, 'reject', 'rejected_by_whatsapp'],
  ])('an ack with error %i means %s', async (code, kind, failure) => {
    bench.whatsapp.faults.rules.refuseMessages.set({ code, onlyCold: false }, 1);
    expect(await failureOf(sender.send(message()))).toMatchObject({ kind, failure, mayHaveArrived: false });
    await sender.send(message());
  });

  it('tries a refused address once more with fresh devices, then gives up', async () => {
    bench.whatsapp.faults.rules.refuseMessages.set({ code: 479, onlyCold: false }, 2);
    const otp = message();
    expect(await failureOf(sender.send(otp))).toMatchObject({ kind: 'retry' });
    expect(await failureOf(sender.send(otp))).toMatchObject({
      kind: 'reject',
      failure: 'rejected_by_whatsapp',
    });
    await sender.send(message());
  });

  it('answers a handset that could not read the message, also after a restart', async () => {
    const otp = message('Your code is 8642');
    await sender.send(otp);
    await sender.stop();
    await startAgain();
    sender.texts.set(otp.messageId, otp.text);
    await inState(sender, 'READY');
    await bench.whatsapp.handset(STRANGER).requestRetry(otp.messageId, 'lid');
    await until(
      'the message is out again',
      () => bench.whatsapp.frames().filter(({ id }) => id === otp.messageId).length > 1,
    );
    const shown = bench.whatsapp.messages(STRANGER).filter(({ id }) => id === otp.messageId);
    expect(new Set(shown.map(({ text }) => text))).toEqual(new Set(['Your code is 8642']));
  });

  it('does not answer when the code has expired', async () => {
    const otp = message();
    await sender.send(otp);
    await bench.whatsapp.handset(STRANGER).requestRetry(otp.messageId, 'lid');
    await until('the log says so', () => sender.lines.some((line) => line.includes('message not available')));
    expect(bench.whatsapp.frames().filter(({ id }) => id === otp.messageId)).toHaveLength(1);
  });

  it('logs no text, no code, no number and no key, however much Baileys is asked to log', async () => {
    await writeFrom(bench, STRANGER);
    await sender.send(message('The secret word is xylophone 918273'));
    await sender.stop();
    const log = sender.lines.join('\n');
    expect(sender.lines.length).toBeGreaterThan(20);
    const creds = await bench.database.store.selectFrom('whatsapp_credentials').selectAll().execute();
    for (const secret of ['xylophone', '918273', STRANGER.slice(1), KEY, 'wa.me', ...sender.qrs]) {
      expect(log).not.toContain(secret);
    }
    expect(log).not.toMatch(/[A-Za-z0-9+/]{40,}/);
    expect(creds.length).toBeGreaterThan(800);
    for (const { value } of creds) expect(value).not.toContain('private');
  });
});
