import { afterEach, beforeEach } from 'vitest';
import type { Database } from '../../database/connect.js';
import { type Bench, createBench, type RunningSender } from './sender.js';

/** Of the test that runs. */
export let bench: Bench;
/** Paired with the bench's WhatsApp, and connected. */
export let sender: RunningSender;

/** A sender for each test around it that is paired before it begins. @param options as `Bench.paired` takes them. */
export function usePairedSender(
  options: () => Parameters<Bench['paired']>[0] = () => ({}),
  kind: Database['kind'] = 'sqlite',
): void {
  beforeEach(async () => {
    bench = await createBench(kind);
    sender = await bench.paired(options());
  });
  afterEach(() => bench.close());
}

/** From now on `sender` is the one of another start on the same session. */
export async function startAgain(options: Parameters<Bench['sender']>[0] = {}): Promise<void> {
  sender = await bench.sender(options);
}
