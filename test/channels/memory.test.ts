import { createHook } from 'node:async_hooks';
import type { SignalDataSet, SignalKeyStore } from '@whiskeysockets/baileys';
import { expect, it, onTestFinished } from 'vitest';
import { loadBaileys } from '../../src/channels/whatsapp/baileys/baileys.js';
import { createBaileysLog } from '../../src/channels/whatsapp/baileys/baileys-log.js';
import { createExpiringCache } from '../../src/channels/whatsapp/expiring-cache.js';
import { boundSignalRepository } from '../../src/channels/whatsapp/socket/signal-repository.js';
import { systemClock } from '../../src/clock.js';
import { silentLog } from '../../src/log.js';
import { until } from '../support/until.js';
import { createBench, message } from './sender.js';

const DAY_MS = 86_400_000;
const PEOPLE = 3;

/** The timers made from now on that wait for a day or longer: each keeps alive all that was around when it was made. */
function followLongTimers(): Set<number> {
  const waiting = new Set<number>();
  const hook = createHook({
    init(id, type, _trigger, resource) {
      const { _idleTimeout = 0 } = resource as { _idleTimeout?: number };
      if (type === 'Timeout' && _idleTimeout >= DAY_MS) waiting.add(id);
    },
    destroy: (id) => void waiting.delete(id),
  }).enable();
  onTestFinished(() => void hook.disable());
  return waiting;
}

it('no person that was written to leaves a timer of days behind', async () => {
  const timers = followLongTimers();
  const bench = await createBench();
  onTestFinished(bench.close);
  const sender = await bench.paired();
  for (let person = 0; person < PEOPLE; person++) {
    const recipient = `+20100123450${person}`;
    const otp = message('Your code is 4711', recipient);
    await sender.send(otp);
    await bench.whatsapp.handset(recipient).reply('Thank you', '+201000000001');
    await until('delivered', () =>
      sender.receipts.some(({ messageId, kind }) => messageId === otp.messageId && kind === 'delivered'),
    );
  }
  await until('no timer is left', () => timers.size === 0);
});

it('no session that moves to its opaque address leaves a timer of days behind', async () => {
  const timers = followLongTimers();
  const baileys = await loadBaileys();
  const log = createBaileysLog(silentLog, 'silent');
  const { store, rows } = keysInMemory();
  const keys = baileys.addTransactionCapability(store, log, { maxCommitRetries: 1, delayBetweenTriesMs: 1 });
  const creds = baileys.initAuthCreds();
  const mappings = createExpiringCache(systemClock, { ttlMs: 60_000, maxBytes: 10_000 });
  const repository = boundSignalRepository(baileys, mappings)({ creds, keys }, log);
  const theirs = baileys.initAuthCreds();
  const preKey = baileys.Curve.generateKeyPair();
  await repository.injectE2ESession({
    jid: '201001234567@s.whatsapp.net',
    session: {
      registrationId: theirs.registrationId,
      identityKey: baileys.generateSignalPubKey(theirs.signedIdentityKey.public),
      signedPreKey: {
        keyId: theirs.signedPreKey.keyId,
        publicKey: baileys.generateSignalPubKey(theirs.signedPreKey.keyPair.public),
        signature: theirs.signedPreKey.signature,
      },
      preKey: { keyId: 1, publicKey: baileys.generateSignalPubKey(preKey.public) },
    },
  });
  await keys.set({ 'device-list': { '201001234567': ['0'] } });
  const moved = await repository.migrateSession('201001234567@s.whatsapp.net', '900000000000001@lid');
  expect(moved).toMatchObject({ migrated: 1 });
  expect([...rows.keys()]).toContain('session/900000000000001_1.0');
  await until('no timer is left', () => timers.size === 0);
});

function keysInMemory(): { store: SignalKeyStore; rows: Map<string, unknown> } {
  const rows = new Map<string, unknown>();
  const store = {
    async get(type: string, ids: string[]) {
      return Object.fromEntries(
        ids.flatMap((id) => (rows.has(`${type}/${id}`) ? [[id, rows.get(`${type}/${id}`)]] : [])),
      );
    },
    async set(data: SignalDataSet) {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) rows.set(`${type}/${id}`, value);
      }
    },
  } as SignalKeyStore;
  return { store, rows };
}
