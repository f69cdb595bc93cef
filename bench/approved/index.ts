import { atLeast, atMost, type Finding, quantile } from '../support.js';
import { makeKnown, type Outcome, verify } from './person.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { NO_SMS, openWorld, type World } from './world.js';

const HOUR_MS = 3_600_000;
const PERSONS = 60;
const WITHIN_MS = 60_000;
/** Longer than the life of the last code, and than WhatsApp takes to be found again. */
const AFTERWARDS_MS = 15 * 60_000;

/**
 * An hour of people who want to be let in, under five states of WhatsApp, with the settings of a new installation. Half of
 * them have written to the number before; of the others every second one gets no SMS where the chat can be had instead.
 */
export async function benchApproved(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const scenario of SCENARIOS) findings.push(...(await run(scenario)));
  return findings;
}

async function run(scenario: Scenario): Promise<Finding[]> {
  const { name, withoutChat } = scenario;
  const world = await openWorld();
  try {
    const phones = Array.from({ length: PERSONS }, (_, n) => phoneOf(n, withoutChat));
    const known = phones.filter((_, n) => n % 2 === 0);
    await makeKnown(world, known);
    scenario.begin(world);
    await world.clock.advance(30_000);
    const outcomes = await anHourOf(world, phones);
    scenario.end(world);
    await world.clock.advance(AFTERWARDS_MS);

    const took = outcomes.map(
      ({ approvedAt, startedAt }) => (approvedAt ?? Number.POSITIVE_INFINITY) - startedAt,
    );
    const inTime = took.filter((ms) => ms <= WITHIN_MS).length;
    const ways = (by: Outcome['by']) => outcomes.filter((outcome) => outcome.by === by).length;
    const tapped = outcomes.filter((outcome) => outcome.tapped).length;
    console.log(
      `    ${name}: p50 ${(quantile(took, 0.5) / 1_000).toFixed(1)} s, longest ${(Math.max(...took) / 1_000).toFixed(1)} s; ` +
        `${ways('whatsapp')} by WhatsApp, ${ways('sms')} by SMS; ${tapped} wrote first`,
    );
    for (const { phone, refused, approvedAt } of outcomes) {
      if (approvedAt === null)
        console.log(`    ${name}: ${phone} was not verified (${refused ?? 'no code came'})`);
    }
    return [
      atLeast(`${name}: share of ${PERSONS} verified within a minute`, inTime / PERSONS, 0.99),
      ...(scenario.coldFrames === null
        ? []
        : [atMost(`${name}: cold frames`, coldFrames(world), scenario.coldFrames)]),
      atMost(`${name}: codes after their deadline`, late(world, outcomes), 0),
    ];
  } finally {
    await world.close();
  }
}

/** At random moments, as people come. */
async function anHourOf(world: World, phones: string[]): Promise<Outcome[]> {
  const outcomes: Promise<Outcome>[] = [];
  for (const [n, phone] of phones.entries()) {
    const taps = n % 4 === 3;
    world.clock.after(Math.random() * HOUR_MS, () => void outcomes.push(verify(world, phone, taps)));
  }
  await world.clock.advance(HOUR_MS);
  return await Promise.all(outcomes);
}

/** Each with a prefix of its own. */
function phoneOf(n: number, withoutChat: boolean): string {
  const ending = n % 4 === 3 && !withoutChat ? NO_SMS : '0001';
  return `+2010${1_000 + n}${ending}`;
}

/** To somebody who had not written: without the token that comes with a text. */
function coldFrames({ whatsapp }: World): number {
  return whatsapp.frames().filter(({ hasToken }) => !hasToken).length;
}

function late(world: World, outcomes: Outcome[]): number {
  const ends = new Map(outcomes.map(({ phone, expiresAt }) => [phone, expiresAt]));
  return world.shown.filter(({ to, at }) => at > (ends.get(to) ?? 0)).length;
}
