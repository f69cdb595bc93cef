import type { Alarm } from '../../alarms/alarms.js';
import { inUtc, isoOrNull } from '../../clock.js';
import { BLOCK_MS, type BlockedPrefixes } from './blocked-prefixes.js';
import { prefixInWords } from './prefix.js';

/** One for each block: those of before differ in when they began. */
export async function blockAlarms(blocked: Pick<BlockedPrefixes, 'list'>): Promise<Alarm[]> {
  const blocks = await blocked.list();
  return blocks.map(({ prefix, country, since, until, started, approved }) => {
    const words = prefixInWords(prefix);
    const text = `${approved} of ${started} verifications of numbers that begin with ${words} (${country}) were approved within an hour. Until ${inUtc(until)} these numbers get nothing over channels that cost money, and no message over WhatsApp unless they wrote first. The dashboard's page Conversion lifts the block.`;
    return { kind: `blocked prefix ${words} of ${isoOrNull(since)}`, text, everyMs: BLOCK_MS };
  });
}
