import { expect, it } from 'vitest';
import type { ErrorCode } from '../../../src/errors.js';
import { AppError } from '../../../src/errors.js';
import type { WantedPlace } from '../../../src/otp/places.js';
import type { RouteFacts } from '../../../src/otp/route/decide.js';
import { findWay } from '../../../src/otp/route/ways.js';

const NOW = 1_000_000;
const FACTS: RouteFacts = {
  route: ['whatsapp', 'telegram', 'sms'],
  status: 'pending',
  createdAt: NOW,
  expiresAt: NOW + 300_000,
  step: -1,
  stepBeganAt: null,
  sends: [],
  refused: new Map(),
  waitsMs: {},
};
const PLACE = {} as Awaited<ReturnType<Parameters<typeof findWay>[0]['reserve']>>;

/** Asks channels that refuse for these reasons; a reason with `only` is none when no other channel is left. */
async function way(refusals: Record<string, { code: ErrorCode; only?: boolean }>, facts = FACTS) {
  const asked: WantedPlace[] = [];
  const places = {
    async reserve(wanted: WantedPlace) {
      asked.push(wanted);
      const refusal = refusals[wanted.channel];
      if (refusal && (wanted.hasOtherChannel || !refusal.only)) throw new AppError(refusal.code, 'No.');
      return PLACE;
    },
  };
  const code = { contact: { kind: 'phone' as const, value: '+201001234567' }, silent: false };
  const { begins, passedOver, step } = await findWay(places, code, facts, NOW);
  const reasons = passedOver.map(({ channel, reason }) => [channel, reason]);
  return { begins: begins?.channel ?? null, step, reasons, asked: asked.map(({ channel }) => channel) };
}

it('the first channel that takes it begins, and those before are passed over', async () => {
  expect(await way({ whatsapp: { code: 'sender_banned' } })).toEqual({
    begins: 'telegram',
    step: 1,
    reasons: [['whatsapp', 'sender_banned']],
    asked: ['whatsapp', 'telegram'],
  });
});

it('our own caution leaves nobody without a code when no other channel takes it', async () => {
  const all = { code: 'queue_full' } as const;
  expect(await way({ whatsapp: { code: 'cold_budget_used', only: true }, telegram: all, sms: all })).toEqual({
    begins: 'whatsapp',
    step: 2,
    reasons: [
      ['telegram', 'queue_full'],
      ['sms', 'queue_full'],
    ],
    asked: ['whatsapp', 'telegram', 'sms', 'whatsapp'],
  });
});

it('with a message under way it does not, and nothing begins', async () => {
  const sends = [
    { channel: 'whatsapp', jobStatus: 'sent' as const, writes: 1, error: null, delivered: false },
  ];
  const facts = { ...FACTS, step: 0, stepBeganAt: NOW - 60_000, sends };
  const all = { code: 'cold_budget_used', only: true } as const;
  const found = await way({ telegram: all, sms: { code: 'queue_full' } }, facts);
  expect(found).toMatchObject({ begins: null, step: 2, asked: ['telegram', 'sms'] });
});

it('a failure of the store is nobody’s refusal', async () => {
  await expect(way({ whatsapp: { code: 'store_unavailable' } })).rejects.toMatchObject({
    code: 'store_unavailable',
  });
});
