import { describe, expect, it } from 'vitest';
import { createKeyedHash, createSealer, SealBroken } from '../src/sealing.js';

const KEY = '0123456789abcdef'.repeat(4);
const OTHER_KEY = '0123456789abcde0'.repeat(4);

describe('a sealed value', () => {
  const sealer = createSealer(KEY, 'job-body');

  it.each(['', '1234', 'Ihr Code: 1234 – نص 😀', 'x'.repeat(100_000)])('opens to what it was', (text) => {
    expect(sealer.open(sealer.seal(text, 'row-1'), 'row-1')).toBe(text);
  });

  it('shows nothing of what it holds but its length', () => {
    const sealed = sealer.seal('Your code is 1234.', 'row-1');
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toMatch(/1234|code|row-1/);
  });

  it('looks different every time', () => {
    const seals = Array.from({ length: 1_000 }, () => sealer.seal('1234', 'row-1'));
    expect(new Set(seals).size).toBe(1_000);
    // The first 12 bytes are the nonce: one that came twice under one key would give the key stream away.
    expect(new Set(seals.map((seal) => seal.slice(0, 16))).size).toBe(1_000);
  });

  it.each([
    ['another key', createSealer(OTHER_KEY, 'job-body')],
    ['another label', createSealer(KEY, 'session')],
  ])('does not open with %s', (_, other) => {
    expect(() => other.open(sealer.seal('1234', 'row-1'), 'row-1')).toThrow(SealBroken);
  });

  it('does not open in another row', () => {
    expect(() => sealer.open(sealer.seal('1234', 'row-1'), 'row-2')).toThrow(SealBroken);
  });

  it('does not open once any of its bytes has changed', () => {
    const bytes = Buffer.from(sealer.seal('1234', 'row-1'), 'base64');
    for (const [place, byte] of bytes.entries()) {
      const changed = Buffer.from(bytes);
      changed[place] = byte ^ 1;
      expect(() => sealer.open(changed.toString('base64'), 'row-1'), `byte ${place}`).toThrow(SealBroken);
    }
  });

  it.each(['', 'AAAA', 'not base64 at all', Buffer.alloc(28).toString('base64')])(
    'is not mistaken for %o',
    (text) => {
      expect(() => sealer.open(text, 'row-1')).toThrow(SealBroken);
    },
  );

  it('cut short does not open, whatever is left of its tag', () => {
    const bytes = Buffer.from(sealer.seal('1234', 'row-1'), 'base64');
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64');
      expect(() => sealer.open(cut, 'row-1'), `${length} bytes`).toThrow(SealBroken);
    }
  });

  it('says which kind of value broke, and neither the value nor the key', () => {
    const sealed = sealer.seal('1234', 'row-1');
    const fail = () => createSealer(OTHER_KEY, 'job-body').open(sealed, 'row-1');
    expect(fail).toThrow('A stored value (job-body) cannot be read with this ENCRYPTION_KEY.');
  });
});

describe('a keyed hash', () => {
  const hash = createKeyedHash(KEY, 'code');

  it('is the same for the same input, also after a restart', () => {
    expect(hash('1234')).toMatch(/^[0-9a-f]{64}$/);
    expect(createKeyedHash(KEY, 'code')('1234')).toBe(hash('1234'));
  });

  it('is another for another input, label or key', () => {
    const others = [
      hash('1235'),
      createKeyedHash(KEY, 'idempotency')('1234'),
      createKeyedHash(OTHER_KEY, 'code')('1234'),
    ];
    expect(new Set([hash('1234'), ...others]).size).toBe(4);
  });
});

describe('while the encryption key is replaced', () => {
  const before = createSealer(KEY, 'job-body');
  const during = createSealer(OTHER_KEY, 'job-body', KEY);
  const after = createSealer(OTHER_KEY, 'job-body');

  it('what either key has sealed opens, and new values have the present one', () => {
    expect(during.open(before.seal('1234', 'row-1'), 'row-1')).toBe('1234');
    expect(() => during.open(before.seal('1234', 'row-1'), 'row-2')).toThrow(SealBroken);
    expect(after.open(during.seal('1234', 'row-1'), 'row-1')).toBe('1234');
  });

  it('a value is renewed once, and one that neither key opens is not', () => {
    const renewed = during.renew(before.seal('1234', 'row-1'), 'row-1') ?? '';
    expect(after.open(renewed, 'row-1')).toBe('1234');
    expect(during.renew(renewed, 'row-1')).toBeNull();
    expect(() => during.renew(createSealer(KEY, 'session').seal('1234', 'row-1'), 'row-1')).toThrow(
      SealBroken,
    );
  });

  it('a hash is made with the present key, and looked for under both', () => {
    const [present, former] = [createKeyedHash(OTHER_KEY, 'code'), createKeyedHash(KEY, 'code')];
    const hash = createKeyedHash(OTHER_KEY, 'code', KEY);
    expect(hash('1234')).toBe(present('1234'));
    expect(hash.all('1234')).toEqual([present('1234'), former('1234')]);
    expect(present.all('1234')).toEqual([present('1234')]);
  });
});
