import process from 'node:process';
import { benchApproved } from './approved/index.js';
import { benchArrivals } from './arrivals.js';
import { benchClaim } from './claim.js';
import { benchDashboard } from './dashboard.js';
import { benchEnqueue } from './enqueue.js';
import { benchInbound } from './inbound.js';
import { benchHandset, benchWake } from './latency.js';
import { benchSoak } from './soak.js';
import { benchStart } from './start.js';
import type { Finding } from './support.js';

const BENCHES: Record<string, () => Promise<Finding[]>> = {
  start: benchStart,
  wake: benchWake,
  handset: benchHandset,
  claim: benchClaim,
  enqueue: benchEnqueue,
  arrivals: benchArrivals,
  inbound: benchInbound,
  approved: benchApproved,
  dashboard: benchDashboard,
};

/** Takes half an hour, and only runs when it is named. */
const ON_REQUEST: typeof BENCHES = { soak: benchSoak };
const ALL = { ...BENCHES, ...ON_REQUEST };

/** `npm run bench`, or `npm run bench -- claim start` for some. Ends with 1 when a bar is missed. */
const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in ALL));
if (unknown) {
  console.error(`There is no benchmark "${unknown}"; there are: ${Object.keys(ALL).join(', ')}.`);
  process.exit(2);
}
let missed = 0;
for (const [name, bench] of Object.entries(ALL)) {
  if (names.length > 0 ? !names.includes(name) : name in ON_REQUEST) continue;
  console.log(`\n${name}`);
  for (const { what, value, bar, met } of await bench()) {
    console.log(`  ${met ? ' ' : '✗'} ${what.padEnd(76)} ${value.padStart(14)}  ${bar}`);
    if (!met) missed++;
  }
}
console.log(missed === 0 ? '\nEvery bar is met.' : `\n${missed} bar(s) missed.`);
process.exit(missed === 0 ? 0 : 1);
