import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Gateway, startGateway } from './harness.js';

export const PATH = '/api/v1/otp/send';
export const BODY = '{"phoneNumber":"+201001234567"}';

/** Of the file that runs. */
export let gateway: Gateway;

/** One gateway for all tests of the file, which each begin without a request. */
export function useGateway(): void {
  beforeAll(async () => {
    gateway = await startGateway();
  });
  beforeEach(() => {
    gateway.requests.length = 0;
  });
  afterAll(() => gateway.close());
}
