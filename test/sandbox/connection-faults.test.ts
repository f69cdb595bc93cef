import { expect, test, vi } from 'vitest';
import { newMessageId } from '../../src/channels/whatsapp/socket/message-id.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { connect, createSession, PERSON, pairedGateway, sendText, useWhatsApp, whatsapp } from './gateway.js';

useWhatsApp();

test('connections that are cut end as lost, and the same session connects again', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
  whatsapp.faults.dropConnections();
  expect(await gateway.closed()).toBe(428);
  expect(whatsapp.connections()).toBe(0);
  await connect(whatsapp.url, session).opened();
});

test('connections that are closed politely end as lost, too', async () => {
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  whatsapp.faults.closeConnections();
  expect(await gateway.closed()).toBe(428);
});

test('a stream that the server ends closes its connection as lost', async () => {
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  whatsapp.faults.endStream();
  expect(await gateway.closed()).toBe(428);
});

for (const code of [401, 403, 440, 500, 503, 515]) {
  test(`a stream error ${code} closes the connection with that code`, async () => {
    const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
    whatsapp.faults.streamError(code);
    expect(await gateway.closed()).toBe(code);
    await connect(whatsapp.url, session).opened();
  });
}

test('logins are refused for a while, with the reason and what else was said', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
  gateway.end();
  whatsapp.faults.rules.refuseLogins.set({ reason: '402', code: '101', expire: '3600' }, 1);
  const refused = connect(whatsapp.url, session);
  expect(await refused.closed()).toBe(402);
  const error = refused.updates.at(-1)?.lastDisconnect?.error as { data?: unknown } | undefined;
  expect(error?.data).toEqual({ reason: '402', code: '101', expire: '3600' });
  whatsapp.faults.rules.refuseLogins.set({ reason: '405' });
  expect(await connect(whatsapp.url, session).closed()).toBe(405);
  expect(await connect(whatsapp.url, session).closed()).toBe(405);
  whatsapp.faults.reset();
  await connect(whatsapp.url, session).opened();
  expect(whatsapp.logins()).toBe(2);
});

test('a WebSocket upgrade is refused with an HTTP status', async () => {
  whatsapp.faults.rules.refuseUpgrades.set(429, 1);
  const refused = connect(whatsapp.url, createSession());
  const status = await new Promise((resolve) =>
    refused.sock.ws.on('unexpected-response', (_request: unknown, response: { statusCode: number }) =>
      resolve(response.statusCode),
    ),
  );
  expect(status).toBe(429);
  expect(whatsapp.connections()).toBe(0);
  expect(whatsapp.connectionAttempts()).toHaveLength(1);
  await connect(whatsapp.url, createSession()).qr();
});

for (const stage of ['upgrade', 'noise'] as const) {
  test(`a handshake that hangs at the ${stage} is given up by the client`, async () => {
    whatsapp.faults.rules.delayHandshakes.set({ stage, ms: Number.POSITIVE_INFINITY }, 1);
    const hung = connect(whatsapp.url, createSession(), { connectTimeoutMs: 400 });
    expect(await hung.closed()).toBe(408);
  });

  test(`a handshake that is slow at the ${stage} ends well`, async () => {
    whatsapp.faults.rules.delayHandshakes.set({ stage, ms: 100 });
    const startedAt = performance.now();
    await connect(whatsapp.url, createSession()).qr();
    expect(performance.now() - startedAt).toBeGreaterThan(95);
  });
}

test('an answer comes later by the latency that was set', async () => {
  whatsapp.faults.latencyMs = 30;
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  const startedAt = performance.now();
  await gateway.sock.onWhatsApp(`${PERSON.slice(1)}@s.whatsapp.net`);
  expect(performance.now() - startedAt).toBeGreaterThan(28);
});

test('a deaf connection stays open and answers nothing, while a new one works', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY, { defaultQueryTimeoutMs: 700 });
  whatsapp.faults.deafen();
  expect(await gateway.sock.onWhatsApp(`${PERSON.slice(1)}@s.whatsapp.net`)).toBeUndefined();
  expect(gateway.sock.ws.isOpen).toBe(true);
  expect(whatsapp.connections()).toBe(0);
  await connect(whatsapp.url, session).opened();
  expect(whatsapp.connections()).toBe(1);
});

test('garbage reaches the client as frames it cannot use', async () => {
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  const rejections: unknown[] = [];
  const stop = catchRejections(rejections);
  whatsapp.faults.garbage('undecodable');
  await until('the first frame is refused', () => rejections.length === 1);
  // The stream is still in step: what comes next is understood.
  const id = await sendText(gateway, PERSON, 'hello');
  await gateway.ackOf(id);
  whatsapp.faults.garbage('undecryptable');
  await until('the second frame is refused', () => rejections.length === 2);
  stop();
});

test('without the mark after the offline stanzas a connection sends, and is not told that it has them all', async () => {
  whatsapp.faults.withholdOffline = true;
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  await sendText(gateway, PERSON, 'hello');
  expect(gateway.updates.some(({ receivedPendingNotifications }) => receivedPendingNotifications)).toBe(
    false,
  );
});

test('a query of an ignored kind gets no answer, and the next one does', async () => {
  const { gateway } = await pairedGateway(whatsapp, GATEWAY, { defaultQueryTimeoutMs: 700 });
  const jid = `${PERSON.slice(1)}@s.whatsapp.net`;
  whatsapp.faults.rules.ignoreQueries.set(['contact'], 1);
  expect(await gateway.sock.onWhatsApp(jid)).toBeUndefined();
  expect(await gateway.sock.onWhatsApp(jid)).toEqual([{ jid, exists: true }]);
});

test('key bundles are refused, and the message does not go out', async () => {
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  whatsapp.faults.rules.failQueries.set({ kinds: ['prekeys'], code: 406 });
  await expect(sendText(gateway, PERSON, 'hello')).rejects.toThrow();
  expect(whatsapp.frames()).toEqual([]);
  whatsapp.faults.reset();
  await sendText(gateway, PERSON, 'hello');
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
});

test('unanswered pings make the client give the connection up', async () => {
  const { gateway } = await pairedGateway(whatsapp, GATEWAY, { keepAliveIntervalMs: 200 });
  whatsapp.faults.rules.ignoreQueries.set(['ping']);
  expect(await gateway.closed(14_000)).toBe(408);
});

test('a reset takes back every fault, and messages go out again', async () => {
  const { faults } = whatsapp;
  faults.rules.refuseUpgrades.set(503);
  faults.rules.loseAcks.set({ deliver: false }, 3);
  faults.latencyMs = 5_000;
  faults.qrRefs = 1;
  expect(faults.rules.loseAcks.describe()).toEqual({ setting: { deliver: false }, times: 3 });
  faults.reset();
  expect(faults.rules.refuseUpgrades.describe()).toBeNull();
  expect(faults).toMatchObject({ latencyMs: 0, qrRefs: 6, withholdOffline: false });
  const { gateway } = await pairedGateway(whatsapp, GATEWAY);
  await sendText(gateway, PERSON, 'hello', newMessageId());
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
});

/** Bad frames end as unhandled rejections in Baileys; a gateway must catch them, and so must a test. */
function catchRejections(into: unknown[]): () => void {
  const others = process.listeners('unhandledRejection');
  const keep = (reason: unknown) => into.push(reason);
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', keep);
  return () => {
    process.off('unhandledRejection', keep);
    for (const listener of others) process.on('unhandledRejection', listener);
    vi.clearAllMocks();
  };
}
