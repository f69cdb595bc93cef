import { expect, it } from 'vitest';
import { warningsOf } from '../../config/index.js';
import { load } from './settings.js';

const warnings = (variables: Record<string, string>) => warningsOf(load(variables));
const inProduction = (variables: Record<string, string>) =>
  warnings({ NODE_ENV: 'production', HOST: '127.0.0.1', ...variables });

it('a production start without HOST says that only this machine is listened to, and what to do about it', () => {
  const [line, ...others] = warnings({ NODE_ENV: 'production' });
  expect(line).toMatch(/^HOST is not set: listening on 127\.0\.0\.1 only\..* HOST=0\.0\.0\.0\.$/);
  expect(others).toEqual([]);
});

it.each([
  ['TRUST_PROXY', '4', '3'],
  ['JWT_EXPIRES_IN', '31d', '30d'],
  ['JWT_EXPIRES_IN', '2592001', '2592000'],
  ['CLIENT_URL', 'http://shop.example.com', 'https://shop.example.com'],
  ['CLIENT_URL', 'https://shop.example.com,http://192.0.2.7', 'http://localhost:5173'],
])('%s=%s is told in a line without the value; %s is not', (variable, suspicious, sound) => {
  const [line, ...others] = inProduction({ [variable]: suspicious });
  expect(line).toMatch(new RegExp(`^${variable} [^\\n]+\\.$`));
  expect(line).not.toContain(suspicious);
  expect(others).toEqual([]);
  expect(inProduction({ [variable]: sound })).toEqual([]);
});

it('a developer hears nothing of HOST and CLIENT_URL', () => {
  expect(warnings({ CLIENT_URL: 'http://192.168.1.7:5173' })).toEqual([]);
});
