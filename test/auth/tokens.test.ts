import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, type DatabaseSettings, openDatabase } from '../../database/connect.js';
import type { Contract, UserRow } from '../../database/schema.js';
import { cleanUpRevokedTokens } from '../../src/auth/tokens.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, newMigratedDatabase } from '../support/databases.js';
import { JWT_SECRET } from '../support/secrets.js';
import { createWorld, EMAIL, ISSUER, MINUTE_MS, PHONE, type World } from './world.js';

const CONTRACTS = ['phone', 'whatsapp', 'two-factor', 'cookie'] as const;
const DAY_MS = 24 * 60 * MINUTE_MS;
const utf8 = (text: string) => new TextEncoder().encode(text);

describe.each(DATABASES)('tokens on %s', (kind) => {
  let settings: DatabaseSettings;
  let database: Database;
  let world: World;
  let user: UserRow;

  beforeEach(async () => {
    settings = await newMigratedDatabase(kind);
    database = await openDatabase(settings);
    world = createWorld(database);
    user = await world.signUp('phone', { phone: PHONE });
  });
  afterEach(() => database.close());

  const check = async (token: string, contract: Contract = 'phone') =>
    (await world.auth.for(contract).tokens.check(token)).kind;
  const issue = (contract: Contract = 'phone') => world.token(contract, user);

  /** A good token, but for what is said. */
  function forge(
    change: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    secret = utf8(JWT_SECRET),
  ) {
    const now = Math.floor(world.clock.now() / 1000);
    const claims = {
      iss: ISSUER,
      sub: user.id,
      aud: 'phone',
      iat: now,
      exp: now + 60,
      jti: '0.forged',
      ...change,
    };
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header }).sign(secret);
  }

  it('a token names the account, the contract and its life, and can be checked with the secret as text', async () => {
    for (const contract of CONTRACTS) {
      const { payload, protectedHeader } = await jwtVerify(await issue(contract), utf8(JWT_SECRET), {
        currentDate: new Date(world.clock.now()),
      });
      expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
      const now = Math.floor(world.clock.now() / 1000);
      const lives = { phone: 7 * DAY_MS, whatsapp: 7 * DAY_MS, 'two-factor': 15 * MINUTE_MS, cookie: DAY_MS };
      expect(payload).toEqual({
        iss: ISSUER,
        sub: user.id,
        aud: contract,
        iat: now,
        exp: now + lives[contract] / 1000,
        jti: expect.stringMatching(/^0\.[0-9a-f-]{36}$/),
      });
    }
  });

  it('is good for its own contract until it expires', async () => {
    const token = await issue('cookie');
    for (const contract of CONTRACTS) {
      expect(await check(token, contract)).toBe(contract === 'cookie' ? 'valid' : 'invalid');
    }
    await world.clock.advance(DAY_MS - 1_000);
    expect(await check(token, 'cookie')).toBe('valid');
    await world.clock.advance(1_000);
    expect(await check(token, 'cookie')).toBe('invalid');
  });

  it('what we would have signed is accepted: the forgeries below fail for their own reason', async () => {
    expect(await check(await forge())).toBe('valid');
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>?]>([
    ['expired', { exp: 1 }],
    ['not yet good', { nbf: 99_999_999_999 }],
    ['another audience', { aud: 'whatsapp' }],
    ['a list of audiences', { aud: ['phone'] }],
    ['a list with another audience', { aud: ['phone', 'cookie'] }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['an issuer list', { iss: [ISSUER] }],
    ['no issuer', { iss: undefined }],
    ['no audience', { aud: undefined }],
    ['no subject', { sub: undefined }],
    ['no id', { jti: undefined }],
    ['no time of issue', { iat: undefined }],
    ['no end', { exp: undefined }],
    ['an id of another type', { jti: 7 }],
    ['a subject of another type', { sub: { id: 'x' } }],
    ['a NUL in its id', { jti: '0.\0' }],
    ['another epoch', { jti: '1.forged' }],
    ['an epoch that only begins alike', { jti: '00.forged' }],
    ['no epoch', { jti: 'forged' }],
    ['another type', {}, { typ: 'at+jwt' }],
    ['no type', {}, { typ: undefined }],
    ['another algorithm', {}, { alg: 'HS512' }],
    ['an unknown critical header', {}, { crit: ['exp'], exp: 1 }],
  ])('refuses a token with %s', async (_name, claims, header) => {
    const token = await forge(claims, header).catch(() => 'cannot even be made');
    expect(await check(token)).toBe('invalid');
  });

  it('refuses what was signed with something else, or not at all', async () => {
    const now = Math.floor(world.clock.now() / 1000);
    const claims = { iss: ISSUER, sub: user.id, aud: 'phone', iat: now, exp: now + 60, jti: '0.forged' };
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const good = await forge();
    const [header = '', payload = '', signature = ''] = good.split('.');
    const tampered = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody else' })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
    const forgeries = [
      new UnsecuredJWT(claims).encode(),
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).sign(privateKey),
      await forge({}, {}, utf8(pem)),
      await forge({}, {}, utf8(`${JWT_SECRET} `)),
      await forge({}, {}, Buffer.from(JWT_SECRET, 'base64')),
      await forge({}, {}, new Uint8Array(32)),
      `${header}.${tampered}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${good}.x`,
      ` ${good}`,
      '',
      'x',
      '..',
      'a.b.c',
    ];
    for (const forgery of forgeries) expect(await check(forgery), forgery).toBe('invalid');
  });

  it('a revoked token stays refused after a restart, and the others stay good', async () => {
    const [gone, kept] = [await issue(), await issue()];
    await world.auth.for('phone').tokens.revoke(gone);
    await world.auth.for('phone').tokens.revoke(gone);
    expect(await check(gone)).toBe('invalid');
    await database.close();
    database = await openDatabase(settings);
    world = createWorld(database, { clock: createTestClock(world.clock.now()) });
    expect(await check(gone)).toBe('invalid');
    expect(await check(kept)).toBe('valid');
  });

  it('nobody can revoke what they do not hold: other contracts, forgeries', async () => {
    const token = await issue();
    await world.auth.for('cookie').tokens.revoke(token);
    await world.auth.for('phone').tokens.revoke(`${token}x`);
    await world.auth.for('phone').tokens.revoke('nonsense');
    expect(await check(token)).toBe('valid');
    expect(await database.store.selectFrom('revoked_tokens').selectAll().execute()).toEqual([]);
  });

  it('revocations are kept as long as the token lives, and a week more for clocks that are set back', async () => {
    const token = await issue('two-factor');
    await world.auth.for('two-factor').tokens.revoke(token);
    await world.clock.advance(15 * MINUTE_MS - 1);
    await cleanUpRevokedTokens(database.store, world.clock.now());
    expect(await check(token, 'two-factor')).toBe('invalid');
    expect(await database.store.selectFrom('revoked_tokens').selectAll().execute()).toHaveLength(1);
    await world.clock.advance(7 * 24 * 60 * MINUTE_MS);
    await cleanUpRevokedTokens(database.store, world.clock.now());
    expect(await database.store.selectFrom('revoked_tokens').selectAll().execute()).toHaveLength(1);
    await world.clock.advance(1_000);
    await cleanUpRevokedTokens(database.store, world.clock.now());
    expect(await database.store.selectFrom('revoked_tokens').selectAll().execute()).toEqual([]);
    expect(await check(token, 'two-factor')).toBe('invalid');
  });

  it('while its secret is replaced, those of before are good until the longest has ended, and none is made', async () => {
    const until = world.clock.now() + 7 * DAY_MS;
    const rotated = createWorld(database, {
      clock: world.clock,
      jwtSecret: `${JWT_SECRET}, and a new one`,
      previousJwtSecret: { secret: JWT_SECRET, until },
    });
    const { tokens } = rotated.auth.for('phone');
    const kindOf = async (token: string) => (await tokens.check(token)).kind;
    const [former, revoked, fresh] = [await issue(), await issue(), await rotated.token('phone', user)];
    const kinds = Array.from({ length: 1_000 }, (_, at) => kindOf(at % 2 === 0 ? former : fresh));
    expect(new Set(await Promise.all(kinds))).toEqual(new Set(['valid']));
    expect(await check(fresh)).toBe('invalid');
    await tokens.revoke(revoked);
    expect(await kindOf(revoked)).toBe('invalid');

    const endless = await forge({ exp: Math.floor(until / 1000) + 1_000 });
    world.clock.step(7 * DAY_MS - 1_000);
    expect(await kindOf(endless)).toBe('valid');
    world.clock.step(1_000);
    expect(await kindOf(endless)).toBe('invalid');
  });

  it('deactivation ends all tokens of the account, for good', async () => {
    const tokens = await Promise.all(CONTRACTS.map((contract) => issue(contract)));
    const bystander = await world.signUp('cookie', { email: EMAIL });
    const other = await world.token('cookie', bystander);
    await world.auth.users.deactivate(user.id);
    for (const [at, contract] of CONTRACTS.entries())
      expect(await check(tokens[at] ?? '', contract)).toBe('invalid');
    await world.auth.users.reactivate(user.id);
    for (const [at, contract] of CONTRACTS.entries())
      expect(await check(tokens[at] ?? '', contract)).toBe('invalid');
    const fresh = await world.token('phone', (await world.user(user.id)) ?? user);
    expect(await check(fresh)).toBe('valid');
    expect(await check(other, 'cookie')).toBe('valid');
  });

  it('a token of a deactivated account is refused even when it was made after it', async () => {
    await world.auth.users.deactivate(user.id);
    expect(await check(await world.token('phone', (await world.user(user.id)) ?? user))).toBe('invalid');
  });

  it('a deleted account is gone', async () => {
    const token = await issue();
    await world.auth.users.remove(user.id);
    expect(await check(token)).toBe('user_gone');
    await world.auth.for('phone').tokens.revoke(token);
    expect(await check(token)).toBe('invalid');
  });
});
