import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { AppError } from '../../src/errors.js';
import { openWorld, type World } from '../hooks/world.js';
import { API_KEY, type Gateway } from '../http/harness.js';
import { newFolder } from '../support/databases.js';
import { blocksIn, readGuide } from './page.js';

export const PHONE = '+201001234567';
/** Nothing listens there. */
export const NOWHERE = 'http://127.0.0.1:9';

/** What the snippets of the guides call, and where they read that it is. */
export interface Frameworks {
  world: World;
  gateway: Gateway;
  /** What the gateway was asked for since the last time. */
  asked(): Gateway['requests'];
  whileRefused(run: () => Promise<void>): Promise<void>;
  whileAway(run: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function openFrameworks(): Promise<Frameworks> {
  const world = await openWorld('sqlite');
  const { gateway } = world;
  process.env.OTP_URL = gateway.url;
  process.env.OTP_API_KEY = API_KEY;
  const taken = async () => ({
    otp: '0042',
    jobId: 1,
    expiresAt: gateway.clock.now() + 300_000,
    estimatedDeliverySeconds: 1,
  });

  return {
    world,
    gateway,
    asked: () => gateway.requests.splice(0),

    async whileRefused(run) {
      const sentence = 'Service temporarily unavailable.';
      const refusal = new AppError('sender_restricted', sentence, { retryAfterSeconds: 60 });
      gateway.setIssue(() => Promise.reject(refusal));
      await run();
      gateway.setIssue(taken);
    },

    async whileAway(run) {
      process.env.OTP_URL = NOWHERE;
      await run();
      process.env.OTP_URL = gateway.url;
    },

    async close() {
      delete process.env.OTP_URL;
      delete process.env.OTP_API_KEY;
      await world.close();
    },
  };
}

export function snippetOf(page: string): string {
  const [snippet = ''] = blocksIn(readGuide(page), 'js');
  expect(snippet).not.toBe('');
  return snippet;
}

/** The snippet of a page as a module of its own, read anew each time. */
export async function imported(page: string, kind: 'mjs' | 'cjs' = 'mjs') {
  const file = join(newFolder(), `snippet.${kind}`);
  writeFileSync(file, snippetOf(page));
  const read = await import(/* @vite-ignore */ pathToFileURL(file).href);
  return (kind === 'cjs' ? read.default : read) as Record<string, (...args: unknown[]) => Promise<unknown>>;
}
