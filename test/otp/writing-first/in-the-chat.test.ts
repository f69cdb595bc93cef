import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writingFirstOf } from '../../../src/app/writing-first.js';
import { systemClock } from '../../../src/clock.js';
import { silentLog } from '../../../src/log.js';
import type { Verification, VerificationOrder } from '../../../src/otp/verifications/verification.js';
import { createOptOuts, type OptOuts } from '../../../src/otp/writing-first/opt-outs.js';
import { createSealing } from '../../../src/sealing.js';
import { type Bench, createBench, type RunningSender } from '../../channels/sender.js';
import { DATABASES } from '../../support/databases.js';
import { openDelivery, type TestDelivery } from '../../support/delivery.js';
import { openCodes } from '../../support/issuing.js';
import { GATEWAY } from '../../support/product.js';
import { KEY } from '../../support/secrets.js';
import { until } from '../../support/until.js';
import { verificationParts } from '../../support/verifications.js';

const ORDER: Omit<VerificationOrder, 'contact'> = {
  caller: 'env',
  route: null,
  channel: null,
  admit: null,
  userFirst: 'only',
  proof: 'code',
  locale: 'en',
  codeLength: 6,
  ttlMs: 600_000,
  action: 'sign in',
  client: null,
  address: null,
  metadata: null,
  returnUrl: null,
  test: null,
};

describe.each(DATABASES)('in the chat, with everything real, on %s', (kind) => {
  let bench: Bench;
  let delivery: TestDelivery;
  let verifications: ReturnType<typeof verificationParts>['verifications'];
  let routing: ReturnType<typeof openCodes>['routing'];
  let optOuts: OptOuts;
  let sender: RunningSender;

  beforeAll(async () => {
    bench = await createBench(kind);
    const { database } = bench;
    const clock = systemClock;
    sender = await bench.paired();
    delivery = openDelivery({ database, sender, clock, settings: { minSendDelayMs: 0, maxSendDelayMs: 0 } });
    optOuts = createOptOuts({ ...database, clock, spellingsOf: delivery.persons.spellingsOf });
    const codes = openCodes({ database, delivery, clock, optOuts });
    routing = codes.routing;
    const links = writingFirstOf({
      ...database,
      ...codes,
      clock,
      log: silentLog,
      conversion: { approved: async () => {} },
      sealing: createSealing(KEY, null),
      sender,
      delivery,
      optOuts,
      appName: 'Acme',
    });
    ({ verifications } = verificationParts({ database, clock, delivery, routing, links }));
    await delivery.start();
    routing.start();
  });
  afterAll(async () => {
    await routing.stop();
    await delivery.stop();
    await bench.close();
  });

  const start = (phone: string, change: Partial<VerificationOrder> = {}) =>
    verifications.start({ ...ORDER, contact: { kind: 'phone', value: phone }, ...change });
  const write = (phone: string, text: string) => bench.whatsapp.handset(phone).write(text, { to: GATEWAY });
  const texts = (phone: string) => bench.whatsapp.messages(phone).map(({ text }) => text);
  const received = (phone: string, count: number) =>
    until('the message', () => texts(phone).length === count && texts(phone));
  const statusOf = async ({ id }: Verification) => (await verifications.find({ id })).status;
  const becomes = (one: Verification, status: string) =>
    until(status, async () => (await statusOf(one)) === status);

  it('a person who taps, sends and types the code is verified; the message alone does nothing', async () => {
    const phone = '+201001111111';
    const started = await start(phone);
    expect(started).toMatchObject({ attempts: [], userFirst: { number: GATEWAY } });
    const draft = new URL(started.userFirst?.link ?? '').searchParams.get('text') ?? '';
    expect(draft).toBe(started.userFirst?.text);
    await write(phone, draft);
    const [text = ''] = await received(phone, 1);
    expect(await statusOf(started)).toBe('pending');
    const after = await verifications.find(started);
    expect(after).toMatchObject({ userFirst: null, attempts: [{ channel: 'whatsapp' }] });
    const code = /\d{6}/.exec(text)?.[0] ?? '';
    expect(await verifications.check(started, code, null)).toMatchObject({ status: 'approved' });
    // Later texts bring no second code.
    await write(phone, 'thanks');
    await write(phone, draft);
  });

  it('a person whose message is the proof is told so, and can take it back', async () => {
    const phone = '+201002222222';
    const started = await start(phone, { proof: 'message', action: 'number change' });
    await write(phone, started.userFirst?.text ?? '');
    const [text = ''] = await received(phone, 1);
    expect(text).toContain('Your number is confirmed for Acme (number change).');
    expect(text).toContain('Answer NO.');
    expect(await statusOf(started)).toBe('approved');
    await write(phone, 'No!');
    await becomes(started, 'canceled');
  });

  it('a stranger with the token approves nothing, and the caller hears of it', async () => {
    const phone = '+201003333333';
    const started = await start(phone, { proof: 'message' });
    await write('+201009999999', started.userFirst?.text ?? '');
    await until('the mismatch', async () => (await verifications.find(started)).lastProblem);
    expect(await verifications.find(started)).toMatchObject({
      status: 'pending',
      lastProblem: 'sender_mismatch',
    });
    expect(texts('+201009999999')).toEqual([]);
  });

  describe('while WhatsApp lets the number write to nobody new', () => {
    beforeAll(async () => {
      bench.whatsapp.phone(GATEWAY).restrict();
      await until('RESTRICTED', () => sender.status().state === 'RESTRICTED');
    });
    afterAll(async () => {
      Object.assign(bench.whatsapp.tokens, { given: true, delayMs: 0 });
      bench.whatsapp.phone(GATEWAY).liftRestriction();
      await until('READY', () => sender.status().state === 'READY');
    });
    const framesTo = (phone: string) => bench.whatsapp.frames().filter(({ to }) => to === phone);

    it('the answer waits for the token, which follows the text, and is let through', async () => {
      const phone = '+201005555555';
      bench.whatsapp.tokens.delayMs = 600;
      const started = await start(phone, { userFirst: 'auto' });
      expect(started).toMatchObject({ attempts: [], userFirst: { number: GATEWAY } });
      await write(phone, started.userFirst?.text ?? '');
      await received(phone, 1);
      expect(framesTo(phone)).toMatchObject([{ hasToken: true }]);
    });

    it('without a token there is one attempt, and no more', async () => {
      const phone = '+201006666666';
      bench.whatsapp.tokens.given = false;
      const started = await start(phone, { userFirst: 'auto' });
      await write(phone, started.userFirst?.text ?? '');
      const attempts = await until('the refusal', async () => {
        const { attempts } = await verifications.find(started);
        return attempts[0]?.status === 'failed' && attempts;
      });
      expect(attempts).toMatchObject([{ channel: 'whatsapp', error: { code: 'reach_out_restricted' } }]);
      expect(framesTo(phone)).toMatchObject([{ hasToken: false }]);
    });
  });

  it('a person who writes STOP gets nothing of what waits, either', async () => {
    const phone = '+201007777777';
    await delivery.control.pause();
    const started = await start(phone, { userFirst: 'never' });
    expect(started.attempts).toMatchObject([{ status: 'pending' }]);
    await write(phone, 'stop');
    await until('the end of it', async () => {
      const { attempts } = await verifications.find(started);
      return attempts[0]?.error?.code === 'withdrawn';
    });
    await delivery.control.resume();
    await write(phone, 'hello');
    await received(phone, 1);
  });

  it('a person who has written STOP gets nothing until the next word', async () => {
    const phone = '+201004444444';
    await write(phone, 'stop');
    await until('the opt-out', () => optOuts.isOptedOut(phone));
    await expect(start(phone, { userFirst: 'never' })).rejects.toMatchObject({ code: 'opted_out' });
    const asked = await start(phone, { userFirst: 'auto' });
    expect(asked).toMatchObject({ attempts: [], userFirst: { number: GATEWAY } });
    await write(phone, 'hello');
    await received(phone, 1);
    expect(await optOuts.isOptedOut(phone)).toBe(false);
    // All that the first one wrote after the code has come in by now.
    expect(texts('+201001111111')).toHaveLength(1);
  });
});
