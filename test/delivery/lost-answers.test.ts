import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import { createTestClock } from '../support/clock.js';
import { newMigratedDatabase } from '../support/databases.js';
import { openDelivery } from '../support/delivery.js';
import { networkTo } from '../support/network.js';
import { createScriptedSender } from '../support/scripted-sender.js';
import { until } from '../support/until.js';

/** The delivery on PostgreSQL, over a network that a test can break. */
async function startDelivery() {
  const settings = await newMigratedDatabase('postgres');
  if (settings.kind !== 'postgres') throw new Error('not PostgreSQL');
  const url = new URL(settings.url);
  const network = await networkTo(url);
  url.port = String(network.port);
  const database = await openDatabase({ kind: 'postgres', url: url.href });
  const clock = createTestClock();
  const sender = createScriptedSender(clock);
  const delivery = openDelivery({
    database,
    sender,
    clock,
    settings: { minSendDelayMs: 0, maxSendDelayMs: 0 },
  });
  onTestFinished(async () => {
    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
    await database.close();
  });

  const sent = (jobId: number) =>
    until('it is sent', async () => {
      await clock.advance(200);
      return (await delivery.jobs.find(jobId))?.status === 'sent';
    });
  const recoveries = async (jobId: number) =>
    (await delivery.jobs.story(jobId))?.events.filter(({ kind }) => kind === 'recovered') ?? [];
  return { network, delivery, sender, request: delivery.request, sent, recoveries };
}

const TAKEN_UP_AGAIN = [
  { detail: 'The database failed while the message was being taken up; it was taken up again.' },
];

it('a claim that was made while its answer got lost is taken up again, and the message goes out once', async () => {
  const { network, delivery, sender, request, sent, recoveries } = await startDelivery();
  await delivery.start();
  const recipients = ['+201001234501'];
  await sent(await request('+201001234501'));
  // The answer that gets lost may be that of a claim that found nothing: then it is another message's turn.
  let taken: unknown[] = [];
  for (let turn = 2; turn <= 9 && taken.length === 0; turn++) {
    network.loseAnswerTo('skip locked');
    const recipient = `+20100123450${turn}`;
    recipients.push(recipient);
    const jobId = await request(recipient);
    await sent(jobId);
    taken = await recoveries(jobId);
  }
  expect(taken).toMatchObject(TAKEN_UP_AGAIN);
  expect(sender.written.map(({ recipient }) => recipient)).toEqual(recipients);
});

it('so is a claim in the commit of the message before, whose answer got lost', async () => {
  const { network, delivery, sender, request, sent, recoveries } = await startDelivery();
  const [first, second] = [await request('+201001234501'), await request('+201001234502')];
  sender.answer = async () => {
    network.loseAnswerTo('commit');
    sender.answer = async () => 1;
    return 1;
  };
  await delivery.start();
  await sent(first);
  await sent(second);
  expect(await recoveries(first)).toEqual([]);
  expect(await recoveries(second)).toMatchObject(TAKEN_UP_AGAIN);
  expect(sender.written.map(({ recipient }) => recipient)).toEqual(['+201001234501', '+201001234502']);
});
