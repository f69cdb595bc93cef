import { describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { bench, sender, startAgain, usePairedSender } from './paired.js';
import { failureOf, inState, message, STRANGER, writeFrom } from './sender.js';

const FRIEND = '+201009999999';
const HOUR_MS = 3_600_000;
/** WhatsApp tells whole seconds. */
const soon = () => Math.ceil(Date.now() / 1000) * 1000 + 5_000;
const number = (at: number) => `+2010055555${at}`;

const phone = () => bench.whatsapp.phone(GATEWAY);
const kinds = () => sender.troubles.map((trouble) => trouble?.kind);
const isAsked = () => until('WhatsApp was asked', () => bench.whatsapp.queries('timelock') > 0);
const refused = async (at: number, code = 463) => {
  bench.whatsapp.faults.rules.refuseMessages.set({ code, onlyCold: true }, 1);
  return await failureOf(sender.send(message('hello', number(at))));
};

describe('the reach-out restriction (463)', () => {
  usePairedSender();

  it('fails that message for good, blocks strangers without a frame, and lets through whoever wrote', async () => {
    await sender.send(message('hello'));
    await writeFrom(bench, FRIEND);
    const end = Math.floor(Date.now() / 1000) * 1000 + HOUR_MS;
    phone().restrict({ until: end, notify: false });

    expect(await failureOf(sender.send(message()))).toMatchObject({
      kind: 'reject',
      failure: 'reach_out_restricted',
    });
    expect(sender.status()).toMatchObject({
      state: 'RESTRICTED',
      need: null,
      restriction: 'reach_out_lock',
      restrictedUntil: end,
    });

    const frames = bench.whatsapp.frames().length;
    bench.whatsapp.faults.rules.ignoreQueries.set(['contact', 'devices']);
    expect(await failureOf(sender.send(message('hello', '+201005555555')))).toMatchObject({
      kind: 'wait',
      failure: 'reach_out_restricted',
      mayHaveArrived: false,
    });
    expect(bench.whatsapp.frames()).toHaveLength(frames);
    bench.whatsapp.faults.reset();
    await sender.send(message('still here', FRIEND));
    expect(kinds()).toEqual([undefined, 'restricted']);
  });

  it('is believed for a day when WhatsApp does not answer what it is about', async () => {
    await isAsked();
    bench.whatsapp.faults.rules.failQueries.set({ kinds: ['timelock'], code: 500 });
    await refused(1);
    expect(sender.status()).toMatchObject({ state: 'RESTRICTED', restrictedUntil: null });
    const stored = await bench.database.store
      .selectFrom('service_status')
      .selectAll()
      .executeTakeFirstOrThrow();
    expect(stored.restricted_at).toBeGreaterThan(Date.now() - 10_000);
  });

  it('is found at the next connection, and survives a restart', async () => {
    phone().restrict({ until: Date.now() + HOUR_MS, notify: false });
    bench.whatsapp.faults.dropConnections();
    await inState(sender, 'DISCONNECTED');
    await startAgain();
    await inState(sender, 'RESTRICTED');
    const { restrictedUntil } = sender.status();
    bench.whatsapp.faults.dropConnections();
    await inState(sender, 'DISCONNECTED');
    await inState(sender, 'RESTRICTED');
    await startAgain();
    expect(sender.status().restrictedUntil).toBe(restrictedUntil);
    expect((await inState(sender, 'RESTRICTED')).detail).toContain('until 20');
    expect(sender.states).not.toContain('READY');
    expect(kinds()).toEqual(['restricted']);
  });

  it('ends at its time, and WhatsApp is asked whether it has', async () => {
    phone().restrict({ until: soon() });
    await inState(sender, 'RESTRICTED');
    expect(await inState(sender, 'READY')).toMatchObject({ restrictedUntil: null, detail: null });
    expect(sender.status().lockedAt).toBeGreaterThan(Date.now() - 60_000);
    expect(kinds()).toEqual([undefined, 'restricted', undefined]);
    await sender.send(message());
    expect(bench.whatsapp.messages(STRANGER)).toHaveLength(1);
  });

  it('that ends while the connection is down is over for people once it is up again', async () => {
    // The attempts that fail meanwhile may alarm as well.
    const ofRestriction = () => kinds().filter((kind) => kind !== 'retries_exhausted');
    phone().restrict({ until: soon() });
    const { restrictedUntil } = await inState(sender, 'RESTRICTED');
    bench.whatsapp.faults.rules.refuseUpgrades.set(503);
    bench.whatsapp.faults.dropConnections();
    await until('the restriction is over', () => sender.status().restrictedUntil === null);
    expect(restrictedUntil).not.toBeNull();
    expect(ofRestriction()).toEqual([undefined, 'restricted']);
    bench.whatsapp.faults.reset();
    await inState(sender, 'READY');
    expect(ofRestriction()).toEqual([undefined, 'restricted', undefined]);
  });

  it('that ended while the gateway was down is gone', async () => {
    phone().restrict({ until: soon() });
    await inState(sender, 'RESTRICTED');
    const { restrictedUntil } = sender.status();
    await sender.stop();
    await until('the restriction is over', () => Date.now() > (restrictedUntil ?? Number.POSITIVE_INFINITY));
    await startAgain();
    await inState(sender, 'READY');
    expect(sender.status().restrictedUntil).toBeNull();
    expect(kinds()).toEqual([undefined]);
  });

  it('stays with its number: another one is free', async () => {
    phone().restrict({ until: Date.now() + HOUR_MS });
    await inState(sender, 'RESTRICTED');
    await sender.logout();
    const { qr } = await inState(sender, 'QR_REQUIRED');
    await bench.whatsapp.phone('+201000000002').scan(qr ?? '');
    await inState(sender, 'READY');
    expect(sender.status()).toMatchObject({ restrictedUntil: null, lockedAt: null });
  });
});

describe('the cap on new chats (475)', () => {
  usePairedSender();

  it('is asked for by the newer name of the query, and by the older one where that is unknown', async () => {
    phone().capNewChats({ total: 10, used: 5, cycleEnd: Date.now() + HOUR_MS });
    bench.whatsapp.faults.rules.failQueries.set({ kinds: ['capping'], code: 400 });
    await startAgain();
    await until('the tally is known', () => sender.status().quota?.status === 'FIRST_WARNING');
    expect(bench.whatsapp.queries('capping-older')).toBe(1);
    expect(sender.status().quota).toMatchObject({ used: 5, total: 10 });
  });
});

describe.each(DATABASES)('on %s', (kind) => {
  usePairedSender(undefined, kind);

  it('a refusal (463) of one chat alone marks that person; others go on, and the third in an hour is told', async () => {
    await isAsked();
    const asked = bench.whatsapp.queries('timelock');
    expect(await refused(1)).toMatchObject({ kind: 'reject', failure: 'reach_out_restricted' });
    expect(sender.status()).toMatchObject({ state: 'READY', restricted: false });
    const frames = bench.whatsapp.frames().length;
    expect(await failureOf(sender.send(message('again', number(1))))).toMatchObject({ kind: 'reject' });
    expect(bench.whatsapp.frames()).toHaveLength(frames);
    await sender.send(message('hello', number(2)));
    await refused(3);
    expect(kinds()).toEqual([undefined]);
    await refused(4);
    expect(kinds()).toEqual([undefined, 'refused_often']);
    await sender.send(message('hello', number(5)));
    expect(sender.status().state).toBe('READY');
    expect(bench.whatsapp.queries('timelock') - asked, 'at most one a minute').toBe(1);
    // Whoever writes is no longer out of reach.
    await writeFrom(bench, number(1));
    await sender.send(message('again', number(1)));
  });

  it('a lock is not believed to end soon when WhatsApp announces one of a new kind, without an end', async () => {
    phone().restrict({ until: null, type: 'RESTRICT_ALL_COMPANIONS' });
    await inState(sender, 'RESTRICTED');
    expect(sender.status().restrictedUntil).toBeNull();
    expect(await failureOf(sender.send(message()))).toMatchObject({ kind: 'wait' });
    expect(bench.whatsapp.frames()).toHaveLength(0);
    phone().liftRestriction();
    await inState(sender, 'READY');
  });

  it('the cap on new chats (475) is met once, lets answers go on, survives a restart and ends with the cycle, by the clock', async () => {
    await isAsked();
    const cycleEnd = Math.floor(Date.now() / 1000) * 1000 + HOUR_MS;
    phone().capNewChats({ total: 10, cycleEnd, status: 'NONE' });
    for (let at = 10; at < 20; at++) await sender.send(message('hello', number(at)));
    expect(await failureOf(sender.send(message('hello', number(20))))).toMatchObject({ kind: 'reject' });
    expect(sender.status()).toMatchObject({
      state: 'RESTRICTED',
      restriction: 'new_chat_cap',
      restrictedUntil: cycleEnd,
      quota: { used: 10, total: 10, cycleEnd, status: 'NONE' },
    });
    expect(await failureOf(sender.send(message('hello', number(21))))).toMatchObject({ kind: 'wait' });
    expect(bench.whatsapp.frames()).toHaveLength(11);
    await writeFrom(bench, number(21));
    await sender.send(message('hello', number(21)));

    phone().capNewChats({ total: 10, used: 10, cycleEnd: soon() });
    await startAgain();
    expect(sender.status()).toMatchObject({ restriction: 'new_chat_cap', restrictedUntil: cycleEnd });
    await inState(sender, 'RESTRICTED');
    await inState(sender, 'READY');
    expect(sender.status()).toMatchObject({ restriction: null, restrictedUntil: null });
    await sender.send(message('hello', number(20)));
  });
});
