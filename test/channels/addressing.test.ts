import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { openDelivery } from '../support/delivery.js';
import { until } from '../support/until.js';
import { bench, sender, startAgain, usePairedSender } from './paired.js';
import { failureOf, message, STRANGER, storedStatus, writeFrom } from './sender.js';

usePairedSender();

const numberJid = `${STRANGER.slice(1)}@s.whatsapp.net`;
const jids = () => bench.whatsapp.frames().map(({ jid }) => jid);

describe('a message', () => {
  it('goes to the LID and names the number beside it', async () => {
    const { lid } = bench.whatsapp.handset(STRANGER);
    await sender.send(message());
    expect(bench.whatsapp.frames()).toMatchObject([{ jid: lid, numberJid }]);
  });

  it('goes to the number where the sender may not write to LIDs, from then on at once, also after a restart', async () => {
    const { lid } = bench.whatsapp.handset(STRANGER);
    bench.whatsapp.faults.rules.refuseMessages.set({ code: 400, onlyCold: false, onlyTo: 'lid' });
    const first = message();
    expect(await failureOf(sender.send(first))).toMatchObject({ kind: 'retry' });
    await sender.send(first);
    await sender.send(message());
    expect(jids()).toEqual([lid, numberJid, numberJid]);
    await until('it is stored', async () => (await storedStatus(bench.database)).by_number_at);
    await startAgain();
    await until('the sender is connected', () => sender.status().state === 'READY');
    await sender.send(message());
    expect(jids().at(-1)).toBe(numberJid);

    bench.whatsapp.faults.rules.refuseMessages.set({ code: 400, onlyCold: false, onlyTo: 'pn' });
    const other = message();
    expect(await failureOf(sender.send(other))).toMatchObject({ kind: 'retry' });
    await sender.send(other);
    expect(jids().at(-1)).toBe(lid);
  });
});

describe('a chat that is kept off linked devices', () => {
  it('is marked after three codes that were accepted and never arrived, until something comes from there', async () => {
    const handset = bench.whatsapp.handset(STRANGER);
    handset.keepsToPhones = true;
    const delivery = openDelivery({ database: bench.database, sender, clock: systemClock });
    const isSilent = () => delivery.lanes.get('whatsapp')?.isSilent(STRANGER);
    for (let sent = 0; sent < 3; sent++) {
      expect(await isSilent()).toBe(false);
      await sender.send(message());
    }
    await until('the person is marked', isSilent);
    expect(bench.whatsapp.messages()).toEqual([]);
    await startAgain();
    expect(await isSilent()).toBe(true);
    await writeFrom(bench, STRANGER);
    await until('the mark is gone', async () => !(await isSilent()));
  });
});
