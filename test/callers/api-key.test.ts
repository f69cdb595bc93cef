import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { checksumOf, idOfApiKey, newApiKey } from '../../src/callers/api-key.js';

const KEY = /^wotp_([0-9A-Za-z]{8})_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;

it('the checksum is the one that other makers of such keys use', () => {
  // A token of npm's: https://github.com/secretlint/secretlint/issues/200
  expect(checksumOf('qkJaB6MffYVzZXWqmcoF49yrUxP3wf')).toBe('0LsakP');
});

it('the checksum is the CRC-32 of zlib, with zeros in front', () => {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const read = (text: string) => [...text].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
  for (let count = 0; count < 200; count++) {
    const [, , secret = '', checksum = ''] = KEY.exec(newApiKey().key) ?? [];
    expect(read(checksum)).toBe(crc32(secret));
  }
});

it('a new key has an id and a secret of its own, and is well formed', () => {
  const made = Array.from({ length: 500 }, () => newApiKey());
  for (const { id, key } of made) {
    expect(KEY.exec(key)?.[1]).toBe(id);
    expect(idOfApiKey(key)).toBe(id);
  }
  expect(new Set(made.map(({ id }) => id)).size).toBe(500);
  expect(new Set(made.map(({ key }) => key.slice(14, 44))).size).toBe(500);
});

it('every character of the alphabet comes up about as often as the others', () => {
  const counts = new Map<string, number>();
  for (let count = 0; count < 2_000; count++) {
    for (const character of newApiKey().key.slice(14, 44)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  expect(counts.size).toBe(62);
  // 968 each; taken modulo 62, the first eight would come up a quarter more often.
  for (const count of counts.values()) expect(Math.abs(count - 968)).toBeLessThan(190);
});

it('another secret can have the same id', () => {
  const { id, key } = newApiKey();
  const next = newApiKey(id);
  expect(next.id).toBe(id);
  expect(next.key).not.toBe(key);
});

it.each([
  ['nothing', () => ''],
  ['one character too many', (key: string) => `${key}0`],
  ['a line break behind it', (key: string) => `${key}\n`],
  ['another prefix', (key: string) => key.replace('wotp_', 'ghp_')],
  ['capital letters', (key: string) => key.toUpperCase()],
  ['an altered checksum', (key: string) => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')],
  ['an altered secret', (key: string) => `${key.slice(0, 20)}${key[20] === 'a' ? 'b' : 'a'}${key.slice(21)}`],
])('no key is well formed with %s', (_what, alter) => {
  expect(idOfApiKey(alter(newApiKey().key))).toBeNull();
});
