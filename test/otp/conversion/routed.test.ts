import { describe, expect, it, onTestFinished } from 'vitest';
import { ChannelError } from '../../../src/channels/channel.js';
import { restOf } from '../../support/at-rest.js';
import { createTestClock } from '../../support/clock.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { reach } from '../../support/reach.js';
import { createScriptedChannel } from '../../support/scripted-channel.js';
import { createCodes } from '../codes.js';
import { createVerifier } from './verify.js';

const PREFIX = '+20100123';
const HERS = `${PREFIX}4567`;
const DAY_MS = 86_400_000;

describe.each(DATABASES)('a code with a route on %s', (kind) => {
  async function scene() {
    const database = await openTestDatabase(kind);
    const { store } = database;
    const clock = createTestClock(undefined, restOf(store));
    const sms = createScriptedChannel(clock);
    const codes = createCodes(database, {
      clock,
      delivery: { minSendDelayMs: 0, maxSendDelayMs: 0 },
      channels: (whatsapp, email) => [whatsapp, sms.channel, email],
      route: { route: ['whatsapp', 'sms'] },
    });
    await codes.delivery.start();
    codes.routing.start();
    onTestFinished(async () => {
      await codes.routing.stop();
      await codes.stop();
      await database.close();
    });
    return {
      ...codes,
      store,
      sms,
      ...createVerifier(store, clock, codes.conversion),
      settle: () => clock.advance(600),
      ask: (purpose: string) =>
        codes.issuer.issue({
          caller: 'key:1',
          contact: { kind: 'phone', value: HERS },
          purpose,
          length: 6,
          ttlMs: 300_000,
          silent: false,
        }),
      row: () => store.selectFrom('codes').selectAll().where('contact', '=', HERS).executeTakeFirstOrThrow(),
      channels: async () => (await codes.conversion.figures(clock.now() - DAY_MS)).channels,
    };
  }

  it('counts for each channel that it took, once, when this server checks it', async () => {
    const { ask, row, settle, sender, channels, routing, conversion, store, clock } = await scene();
    sender.answer = () => Promise.reject(new ChannelError('reject', 'not_on_whatsapp', 'No.', false));
    await ask('gateway');
    await settle();
    expect(await channels()).toEqual([]);

    await store.deleteFrom('codes').execute();
    await ask('verification');
    await settle();
    const code = await row();
    await clock.advance(30_000);
    expect(await routing.resend(code.id)).toMatchObject({ kind: 'sent' });
    await settle();
    await store.transaction().execute((trx) => conversion.approved(trx, code));
    expect(await channels()).toEqual([
      { channel: 'sms', started: 1, approved: 1 },
      { channel: 'whatsapp', started: 1, approved: 0 },
    ]);
    const { countries } = await conversion.figures(0);
    expect(countries).toMatchObject([{ country: 'EG', started: 1, approved: 1 }]);
  });

  it('passes a paid channel over where the prefix is blocked, and is refused where nothing is left', async () => {
    const { ask, row, settle, sender, sms, startMany, routing, store, clock } = await scene();
    await startMany(PREFIX, 20, 0);
    await expect(ask('verification')).rejects.toMatchObject({ code: 'blocked_prefix' });

    await reach(store, clock.now(), HERS);
    sender.answer = () => Promise.reject(new ChannelError('reject', 'not_on_whatsapp', 'No.', false));
    await store.deleteFrom('codes').where('contact', '=', HERS).execute();
    await ask('verification');
    await settle();
    const { id } = await row();
    const attempts = (await routing.attemptsOf([id])).get(id) ?? [];
    expect(attempts.map(({ channel, error }) => [channel, error?.code ?? null])).toEqual([
      ['whatsapp', 'not_on_whatsapp'],
      ['sms', 'blocked_prefix'],
    ]);
    expect(sms.written).toEqual([]);
  });
});
