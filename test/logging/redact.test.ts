import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../database/unavailable.js';
import { newApiKey } from '../../src/callers/api-key.js';
import { newDatabase } from '../support/databases.js';
import { captureLogging } from './capture.js';

/** What the console (for people) and the files (JSON) show of these fields, at the most talkative level. */
async function shown(fields: Record<string, unknown>, message = 'note', secrets: string[] = []) {
  const logging = captureLogging({ level: 'silly', console: 'pretty', secrets });
  logging.log.error(message, fields);
  logging.logException(Object.assign(new Error(message), fields));
  await logging.close();
  return logging.printed() + ['combined', 'error', 'exceptions'].map((name) => logging.read(`${name}.log`));
}

describe('nothing leaks through the log', () => {
  it.each([
    'otp',
    'code',
    'text',
    'body',
    'authorization',
    'x-api-key',
    'X-API-KEY',
    'apiKey',
    'token',
    'accessToken',
    'bot_token',
    'cookie',
    'set-cookie',
    'qr',
    'qrString',
    'pairingCode',
    'password',
    'adminPassword',
    'SESSION_SECRET',
    'encryptionKey',
  ])('a field named %s', async (name) => {
    const deep = { list: [{ request: { [name]: '918273' } }] };
    expect(await shown({ [name]: '918273', deep })).not.toContain('918273');
    expect(await shown({ [name]: 918273 })).not.toContain('918273');
    expect(await shown({ [name]: { inner: '918273' } })).not.toContain('918273');
  });

  it('a registered secret, wherever it stands and however it is written', async () => {
    const secret = 'p4ss"word/&+x';
    const error = new Error(`cannot reach postgres://otp:${encodeURIComponent(secret)}@db`, {
      cause: new Error(`wrong: ${secret}`),
    });
    const all = await shown({ note: `a ${secret} b`, json: JSON.stringify({ secret }), error }, secret, [
      secret,
    ]);
    expect(all).not.toContain(secret);
    expect(all).not.toContain(encodeURIComponent(secret));
    expect(all).not.toContain('p4ss');
    expect(all).toContain('[redacted]');
  });

  it('the secret of an API key, wherever it stands; its id may be seen', async () => {
    const { id, key } = newApiKey();
    const error = new Error(`refused: ${key}`, { cause: new Error(`Bearer ${key}`) });
    const all = await shown({ note: key, url: `/send?key=${key}&a=b`, list: [key], error }, `key ${key}`);
    expect(all).not.toContain(key.slice(14));
    expect(all).toContain(`wotp_${id}_[redacted]`);
  });

  it('phone numbers, written as E.164 or as a JID', async () => {
    const all = await shown(
      { to: '+201001234567', jid: '201001234567:4@s.whatsapp.net' },
      'for +201001234567',
    );
    expect(all).not.toContain('201001234567');
    expect(all).toContain('+20********67');
  });

  it('e-mail addresses, wherever they stand; packages and paths are none', async () => {
    const path = 'file:///srv/node_modules/@whiskeysockets/baileys/lib/index.js baileys@7.0.0-rc14';
    const all = await shown(
      { to: 'anna.smith+shop@mail.example.org', url: 'smtp://otp:pw@mail.example.org:587', path },
      '550 <bo@example.com>: unknown',
    );
    expect(all).not.toMatch(/anna\.smith|smith|bo@example/);
    expect(all).toContain('an***@m***.org');
    expect(all).toContain('550 <b***@e***.com>: unknown');
    expect(all).toContain(path);
    const long = 'x'.repeat(200_000);
    expect(await shown({ long })).toContain('200000 characters');
  });

  it('the members of an error that are not its own words', async () => {
    const error = Object.assign(new Error('refused'), {
      code: 'ECONNREFUSED',
      kind: 'retry',
      data: { attrs: { text: '4711' } },
    });
    const all = await shown({ error });
    expect(all).toContain('ECONNREFUSED');
    expect(all).toContain('retry');
    expect(all).not.toContain('4711');
    expect(await shown({ error: Object.assign(new Error('x'), { code: '4711' }) })).not.toContain('4711');
  });

  it.each(['57014', '57P01', '53100', '25006', '40001', 'XX000'])(
    'the SQLSTATE %s of an error of PostgreSQL is shown, nothing else that looks like one',
    async (code) => {
      const database = await newDatabase('postgres');
      if (database.kind !== 'postgres') throw new Error('not PostgreSQL');
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const raise = `DO $$ BEGIN RAISE SQLSTATE '${code}' USING MESSAGE = 'as it happens'; END $$`;
      const error = await client.query(raise).catch((raised: unknown) => raised);
      await client.end();
      expect(await shown({ error })).toContain(`"code":"${code}"`);
      expect(await shown({ error: new StoreUnavailable(error) })).toContain(`"code":"${code}"`);
      expect(await shown({ code, deep: [{ code }], otp: code })).not.toContain(code);
      expect(await shown({ error: Object.assign(new Error('x'), { code, text: code }) })).not.toContain(code);
    },
  );

  it('five digits that are no SQLSTATE stay hidden in an error of PostgreSQL, too', async () => {
    const error = Object.assign(new Error('x'), { severity: 'ERROR', code: '98765' });
    expect(await shown({ error })).not.toContain('98765');
  });

  it('terminal escapes do not reach the terminal, long fields are cut', async () => {
    const all = await shown({ name: '\u001b[2J\u009b31m', long: 'x'.repeat(100_000) });
    expect(all).not.toContain('\u001b');
    expect(all).not.toContain('\u009b');
    expect(all).toContain('100000 characters');
    expect(all.length).toBeLessThan(50_000);
  });

  it('whatever else is logged comes out as JSON', async () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle.self = circle;
    const trap = {
      get value() {
        throw new Error('trap');
      },
    };
    const logging = captureLogging();
    logging.log.info('odd', {
      circle,
      big: 10n,
      when: new Date(0),
      never: new Date(Number.NaN),
      bytes: Buffer.from('4711'),
      many: new Map([['4711', 1]]),
      run: () => '4711',
      mark: Symbol('4711'),
      nothing: null,
      absent: undefined,
      level: 'mine',
    });
    logging.log.info('trapped', trap);
    await logging.close();
    expect(logging.lines('combined.log')).toEqual([
      {
        time: '2026-01-01T00:00:00.000Z',
        level: 'info',
        message: 'odd',
        circle: { name: 'circle', self: '[circular]' },
        big: '10',
        when: '1970-01-01T00:00:00.000Z',
        never: null,
        bytes: '[4 bytes]',
        many: '[1 entries]',
        run: '[function]',
        mark: '[symbol]',
        nothing: null,
      },
      expect.objectContaining({ message: 'a log entry that cannot be printed' }),
    ]);
  });
});
