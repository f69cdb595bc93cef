import { expect, it } from 'vitest';
import { isLoopback } from '../src/loopback.js';

it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('%s is this machine', (host) =>
  expect(isLoopback(host)).toBe(true),
);

it.each([
  '',
  'localhost.example.com',
  '127.0.0.1.example.com',
  '127.0.0',
  '1127.0.0.1',
  '[::1',
  '::2',
  '0.0.0.0',
])('%j is not', (host) => expect(isLoopback(host)).toBe(false));
