import { describe, expect, it } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { bench, sender, startAgain, usePairedSender } from './paired.js';
import { failureOf, inState, markWarm, message, STRANGER } from './sender.js';

const FRIEND = '+201009999999';
const HOUR_MS = 3_600_000;

usePairedSender();

const phone = () => bench.whatsapp.phone(GATEWAY);
const kinds = () => sender.troubles.map((trouble) => trouble?.kind);

describe('the reach-out restriction (463)', () => {
  it('fails that message for good, blocks strangers without a frame, and lets known numbers through', async () => {
    await sender.send(message('hello', FRIEND));
    await markWarm(bench.database, FRIEND);
    const end = Math.floor(Date.now() / 1000) * 1000 + HOUR_MS;
    phone().restrict({ until: end, notify: false });

    expect(await failureOf(sender.send(message()))).toMatchObject({
      kind: 'reject',
      failure: 'reach_out_restricted',
    });
    expect(sender.status()).toMatchObject({ state: 'RESTRICTED', need: null });
    await until('the end of the restriction is known', () => sender.status().restrictedUntil === end);

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

  it('is believed for a day when WhatsApp does not say until when', async () => {
    bench.whatsapp.faults.rules.refuseMessages.set({ code: 463, onlyCold: true });
    await failureOf(sender.send(message()));
    await failureOf(sender.send(message('hello', FRIEND)));
    expect(sender.status()).toMatchObject({ state: 'RESTRICTED', restrictedUntil: null });
    const stored = await bench.database.store
      .selectFrom('service_status')
      .selectAll()
      .executeTakeFirstOrThrow();
    expect(stored.restricted_at).toBeGreaterThan(Date.now() - 10_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sender.status().state).toBe('RESTRICTED');
  });

  it('is not believed to end soon when WhatsApp announces it without an end', async () => {
    phone().restrict({ until: null });
    await inState(sender, 'RESTRICTED');
    expect(sender.status().restrictedUntil).toBeNull();
    expect(await failureOf(sender.send(message()))).toMatchObject({ kind: 'wait' });
    expect(bench.whatsapp.frames()).toHaveLength(0);
  });

  it('survives a reconnect and a restart', async () => {
    phone().restrict({ until: Date.now() + HOUR_MS });
    await inState(sender, 'RESTRICTED');
    bench.whatsapp.faults.dropConnections();
    await inState(sender, 'DISCONNECTED');
    await inState(sender, 'RESTRICTED');
    const { restrictedUntil } = sender.status();
    await startAgain();
    expect(sender.status().restrictedUntil).toBe(restrictedUntil);
    expect((await inState(sender, 'RESTRICTED')).detail).toContain('until 20');
    expect(sender.states).not.toContain('READY');
    expect(kinds()).toEqual(['restricted']);
  });

  it('ends at its time', async () => {
    phone().restrict({ until: Date.now() + 6_000 });
    await inState(sender, 'RESTRICTED');
    expect(await inState(sender, 'READY')).toMatchObject({ restrictedUntil: null, detail: null });
    expect(kinds()).toEqual([undefined, 'restricted', undefined]);
    phone().liftRestriction();
    await sender.send(message());
    expect(bench.whatsapp.messages(STRANGER)).toHaveLength(1);
  });

  it('that ends while the connection is down is over for people once it is up again', async () => {
    // The attempts that fail meanwhile may alarm as well.
    const ofRestriction = () => kinds().filter((kind) => kind !== 'retries_exhausted');
    phone().restrict({ until: Date.now() + 6_000 });
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

  it('ends when WhatsApp lifts it', async () => {
    phone().restrict({ until: Date.now() + HOUR_MS });
    await inState(sender, 'RESTRICTED');
    phone().liftRestriction();
    await inState(sender, 'READY');
    await sender.send(message());
  });

  it('that ended while the gateway was down is gone', async () => {
    phone().restrict({ until: Date.now() + 6_000 });
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
    expect(sender.status().restrictedUntil).toBeNull();
  });
});
