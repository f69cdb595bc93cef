import { Router } from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { startGateway } from './harness.js';
import { exchange } from './raw.js';

const SANDBOX = [
  '/assets/sandbox/sandbox.js',
  '/assets/sandbox/parts.js',
  '/assets/sandbox/sandbox.css',
  '/assets/%73andbox/sandbox.js',
  '/assets//sandbox/sandbox.js',
  '/assets/./sandbox/sandbox.js',
  '/assets/styles/../sandbox/sandbox.js',
  '/assets/styles/%2e%2e/sandbox/sandbox.js',
  '/assets/Sandbox/sandbox.js',
  '/assets/sandbox%2fsandbox.js',
  '/assets/sandbox',
];

async function statusesOf(paths: string[], options: Parameters<typeof startGateway>[0] = {}) {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return Promise.all(
    paths.map(async (path) => {
      const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
      const { status } = await exchange(gateway.url, request);
      return [path, status];
    }),
  );
}

it("the sandbox's files are not served where there is no sandbox, however the path is written", async () => {
  expect(await statusesOf(SANDBOX)).toEqual(SANDBOX.map((path) => [path, 404]));
});

it('they are served by the sandbox, and the others everywhere', async () => {
  const [sandbox, others] = [SANDBOX.slice(0, 3), ['/assets/admin.js', '/assets/styles/base.css']];
  const served = (paths: string[]) => paths.map((path) => [path, 200]);
  expect(await statusesOf([...sandbox, ...others], { extra: Router() })).toEqual(
    served([...sandbox, ...others]),
  );
  expect(await statusesOf(others)).toEqual(served(others));
});
