import { createRequire } from 'node:module';
import { describe, expect, it, vi } from 'vitest';
import { loadBaileys } from '../../src/channels/whatsapp/baileys/baileys.js';
import { createBaileysLog } from '../../src/channels/whatsapp/baileys/baileys-log.js';
import { describe as describeError, scrub } from '../../src/channels/whatsapp/scrub.js';
import { withSecret } from '../../src/channels/whatsapp/socket/qr.js';
import { createRejections } from '../../src/channels/whatsapp/socket/rejections.js';
import { receiptsIn } from '../../src/channels/whatsapp/stanzas/receipts.js';
import type { Log } from '../../src/log.js';

const QR = 'https://wa.me/settings/linked_devices#2@abcdefgh,bm9pc2U=,aWRlbnRpdHk=,c2VjcmV0,1';

describe('what Baileys logs', () => {
  function logged(level: Parameters<typeof createBaileysLog>[1]) {
    const lines: unknown[] = [];
    const levels: string[] = [];
    const at = (name: string) => (message: string, fields?: unknown) => {
      levels.push(name);
      lines.push([message, fields]);
    };
    const log: Log = { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
    return { lines, levels, logger: createBaileysLog(log, level) };
  }

  it('passes only a sentence and harmless fields, and no id of a message', () => {
    const { lines, logger } = logged('debug');
    logger.debug(
      { msgId: '3EB0AA', id: '3EB0BB', count: 2, text: 'Your code is 1234', key: { private: 'k' } },
      'sent 3EB0C4F1D09A8B7E6D5C4A to 2 devices',
    );
    expect(lines).toEqual([['baileys: sent [message] to 2 devices', { count: 2 }]]);
  });

  it('says what went wrong, without what it was about', () => {
    const { lines, logger } = logged('error');
    const error = Object.assign(new Error('no session for 201001234567'), { output: { statusCode: 500 } });
    logger.error({ error, node: { text: 'secret' } }, 'failed');
    expect(lines).toEqual([['baileys: failed', { cause: '500 no session for [digits]' }]]);
  });

  it('is silent below its level, also in its children', () => {
    const { lines, logger } = logged('warn');
    logger.child({ class: 'x' }).info({}, 'no');
    logger.debug('no');
    logger.warn('yes');
    expect(lines).toHaveLength(1);
    expect(logged('silent').logger.level).toBe('silent');
  });

  it('never makes Baileys render whole stanzas', () => {
    expect(logged('trace').logger.level).toBe('debug');
  });

  it('keeps its level, but what is part of every day is no warning', () => {
    const { lines, levels, logger } = logged('trace');
    const child = logger.child({ class: 'baileys', secret: 'k' });
    for (const name of ['error', 'warn', 'info', 'debug', 'trace'] as const) child[name]({}, name);
    child.error({ node: { tag: 'stream:error' } }, 'stream errored out');
    expect(levels).toEqual(['error', 'warn', 'info', 'debug', 'debug', 'debug']);
    expect(lines[0]).toEqual(['baileys: error', {}]);
  });

  it('neither prints an error whole nor fills in a text', () => {
    const { lines, logger } = logged('debug');
    logger.error(Object.assign(new Error('bad key "abc"'), { key: 'k' }), 'failed %s');
    logger.warn(new Error('Your code is 1234'));
    logger.warn({ err: 'for 201001234567', opName: 'a b 12345' }, 'sent to 201001234567@s.whatsapp.net');
    expect(lines).toEqual([
      ['baileys: failed %s', {}],
      ['baileys: ', {}],
      ['baileys: sent to [digits]@s.whatsapp.net', { opName: 'a b [digits]', cause: 'for [digits]' }],
    ]);
  });

  it.each([
    [`pairing with ${QR}`, 'pairing with [url]'],
    ['2@abc, x9kfQe8Zt0aLm3Vb7Yw1Cd5Gh2Jk4Np6Rs8Tu0= left', '2@abc, [data] left'],
    ['mapping 201001234567@s.whatsapp.net', 'mapping [digits]@s.whatsapp.net'],
    [
      'Unexpected token, "Your code is 1234" is not valid JSON',
      'Unexpected token, [quoted] is not valid JSON',
    ],
    ['handled 12 offline messages', 'handled 12 offline messages'],
  ])('%s', (text, scrubbed) => expect(scrub(text)).toBe(scrubbed));

  it('describes whatever is thrown', () => {
    expect(describeError(1006)).toBe('[digits]');
    expect(describeError(undefined)).toBe('undefined');
  });
});

describe('the console', () => {
  it('gets nothing from libsignal, and everything from everybody else', async () => {
    const printed = vi.spyOn(console, 'info').mockReturnValue(undefined);
    await loadBaileys();
    const require = createRequire(createRequire(import.meta.url).resolve('@whiskeysockets/baileys'));
    const SessionRecord = require('libsignal/src/session_record') as new () => {
      closeSession(session: object): void;
      openSession(session: object): void;
    };
    const session = { indexInfo: { closed: -1 }, privKey: 'secret' };
    new SessionRecord().closeSession(session);
    expect(session.indexInfo.closed).not.toBe(-1);
    expect(printed).not.toHaveBeenCalled();
    const everybody = globalThis.console;
    everybody.info('ours');
    expect(printed).toHaveBeenCalledWith('ours');
  });
});

describe('stray rejections', () => {
  it('are blamed on the connection in whose name they happened, also after awaits and without a stack', async () => {
    const blamed: unknown[] = [];
    const rejections = createRejections();
    const culprit = { fail: (reason: unknown) => void blamed.push(reason) };
    let inside = false;
    let outside = true;
    await rejections.within(culprit, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      inside = rejections.handle(1006);
      outside = rejections.outside(() => rejections.handle(new Error('our own')));
    });
    expect({ blamed, inside, outside }).toEqual({ blamed: [1006], inside: true, outside: false });
    expect(rejections.handle(new Error('somebody else'))).toBe(false);
  });

  it('with a stack that leads into Baileys belong to the current connection', () => {
    const blamed: unknown[] = [];
    const rejections = createRejections();
    rejections.suspect({ fail: (reason) => void blamed.push(reason) });
    const error = new Error('bad frame');
    error.stack =
      'Error: bad frame\n at x (/app/node_modules/@whiskeysockets/baileys/lib/Utils/noise-handler.js:1:1)';
    expect(rejections.handle(error)).toBe(true);
    expect(blamed).toEqual([error]);
  });
});

describe('receipts', () => {
  const own = { id: '201:3@s.whatsapp.net', lid: '900:3@lid' };
  const read = (attrs: Record<string, string>, content?: unknown) =>
    receiptsIn(
      { tag: 'receipt', attrs: { id: 'A', from: '777@lid', t: '1', ...attrs }, content },
      own,
      5_000,
    );

  it.each([
    [{}, 'delivered'],
    [{ type: 'inactive' }, 'delivered'],
    [{ type: 'read' }, 'read'],
    [{ type: 'played' }, 'read'],
    [{ type: 'retry' }, 'accepted'],
  ] as [Record<string, string>, string][])(
    '%j proves "%s" if it is the recipient who says so',
    (attrs, kind) => {
      const from = { address: '777@lid', phone: null };
      expect(read(attrs)).toEqual([{ messageId: 'A', kind, at: 5_000, from }]);
    },
  );

  it.each([
    { type: 'sender', from: '900@lid', recipient: '777@lid' },
    { from: '201@s.whatsapp.net' },
    { from: '201:5@s.whatsapp.net', type: 'retry', recipient: '777@lid' },
  ] as Record<string, string>[])('%j proves that WhatsApp has accepted it: it is our own phone', (attrs) => {
    expect(read(attrs)).toEqual([{ messageId: 'A', kind: 'accepted', at: 5_000 }]);
  });

  it.each([
    ['2010:4@s.whatsapp.net', '2010@s.whatsapp.net', '+2010'],
    ['2010:99@hosted', '2010@s.whatsapp.net', '+2010'],
    ['777_1:4@lid', '777@lid', null],
    ['777:99@hosted.lid', '777@lid', null],
    ['777@newsletter', '777@newsletter', null],
  ])('from %s are from %s, the number %s', (from, address, phone) => {
    expect(read({ from })[0]?.from).toEqual({ address, phone });
  });

  it.each([
    { type: 'read-self' },
    { type: 'peer_msg' },
    { type: 'read', from: '201@s.whatsapp.net' },
    { from: '12345@g.us', participant: '777@lid' },
  ] as Record<string, string>[])('%j proves nothing', (attrs) => expect(read(attrs)).toEqual([]));

  it('name several messages at once', () => {
    const items = ['B', 'C'].map((id) => ({ tag: 'item', attrs: { id } }));
    const ids = read({ type: 'read' }, [{ tag: 'list', attrs: {}, content: items }]);
    expect(ids.map(({ messageId }) => messageId)).toEqual(['A', 'B', 'C']);
  });

  it('that were kept for us carry their own time, never a later one than now', () => {
    expect(read({ offline: '0', t: '3' })[0]?.at).toBe(3_999);
    expect(read({ offline: '0', t: '99' })[0]?.at).toBe(5_000);
  });
});

describe('small parts', () => {
  it('the QR string gets the secret that counts now', () => {
    expect(withSecret(QR, 'bmV3')).toBe(QR.replace('c2VjcmV0', 'bmV3'));
  });
});
