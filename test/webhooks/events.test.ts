import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASES } from '../support/databases.js';
import { openTold, type Told } from './world.js';

const SARA = '+201001234567';
let numbers = 0;
const newNumber = () => `+2010055500${String(10 + numbers++)}`;

describe.each(DATABASES)('what is told on %s', (kind) => {
  let told: Told;
  beforeAll(async () => {
    told = await openTold(kind);
  });
  afterAll(() => told.close());

  it('is nothing, and is not recorded, while nobody listens', async () => {
    await told.request(newNumber());
    await told.moving('it is sent', () => told.sender.written.length > 0);
    expect(await told.store.selectFrom('webhook_events').select('id').execute()).toEqual([]);
  });

  it('is the way of a message in its order, and no code in it', async () => {
    const { endpoint } = await told.hears('/way');
    const { jobId, otp } = await told.request(SARA);
    await told.got(2, '/way');
    // One receipt that tells two things at once.
    told.report('read', SARA);
    const got = await told.got(4, '/way');
    expect(got.map(({ event }) => event.type)).toEqual([
      'code.accepted',
      'code.sent',
      'code.delivered',
      'code.read',
    ]);
    for (const { event } of got)
      expect(event.data).toEqual({ jobId, channel: 'whatsapp', to: '+20********67' });
    expect(new Set(got.map(({ headers }) => headers['webhook-id'])).size).toBe(4);
    told.report('read', SARA);
    await told.clock.advance(5_000);
    expect(told.receiver.types('/way')).toHaveLength(4);
    expect(got.map(({ body }) => body).join()).not.toMatch(new RegExp(`"${otp}"|${SARA.slice(1)}`));
    await told.webhooks().endpoints.remove({ id: endpoint.id });
  });
});
