import { AppError } from '../src/errors.js';
import { createTestClock } from '../test/support/clock.js';
import { openDelivery } from '../test/support/delivery.js';
import { mulberry } from '../test/support/random.js';
import { createScriptedSender } from '../test/support/scripted-sender.js';
import { openScratch } from './scratch.js';
import { atMost, type Finding, quantile } from './support.js';

const TTL_MS = 300_000;
const HOURS = 24;

/** A day of requests at random moments through the real queue on a settable clock, with the documented gap. */
export async function benchArrivals(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const perHour of [60, 180, 250]) {
    const { within10, within30, expired, refused, p50, p99 } = await replay(perHour);
    const row = (what: string, share: number) => ({
      what: `${perHour} codes/h: ${what}`,
      value: `${(share * 100).toFixed(2)} %`,
      bar: '-',
      met: true,
    });
    findings.push(row('on the handset within 10 s', within10), row('within 30 s', within30));
    findings.push({ what: `${perHour} codes/h: p50 / p99`, value: `${p50} / ${p99} s`, bar: '-', met: true });
    findings.push(row('refused at once (503)', refused));
    findings.push(atMost(`${perHour} codes/h: accepted, then expired`, expired * 100, 0.15, ' %'));
  }
  return findings;
}

async function replay(perHour: number) {
  const { database, close } = await openScratch();
  const random = mulberry(perHour);
  const clock = createTestClock();
  const sender = createScriptedSender(clock);
  const delivery = openDelivery({
    database,
    sender,
    clock,
    random: (min, max) => min + Math.floor(random() * (max - min + 1)),
  });
  await delivery.start();
  let requested = 0;
  let refused = 0;
  const end = clock.now() + HOURS * 3_600_000;
  while (clock.now() < end) {
    await clock.advance((-Math.log(1 - random()) * 3_600_000) / perHour);
    const recipient = `+2010${String(10_000_000 + requested++)}`;
    try {
      await delivery.request(recipient);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'queue_full')) throw error;
      refused++;
    }
  }
  await clock.advance(TTL_MS);
  const jobs = await database.store.selectFrom('jobs').select(['status', 'created_at', 'sent_at']).execute();
  const waits = jobs.flatMap((job) => (job.sent_at ? [(job.sent_at - job.created_at) / 1000] : []));
  const stopping = delivery.stop();
  await clock.advance(10_000);
  await stopping;
  await close();
  return {
    within10: waits.filter((wait) => wait <= 10).length / jobs.length,
    within30: waits.filter((wait) => wait <= 30).length / jobs.length,
    expired: jobs.filter((job) => job.status === 'expired').length / jobs.length,
    refused: refused / requested,
    p50: quantile(waits, 0.5).toFixed(1),
    p99: quantile(waits, 0.99).toFixed(1),
  };
}
