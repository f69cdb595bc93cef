import { describe, expect, it } from 'vitest';
import {
  decide,
  followsAt,
  hasNoWayLeft,
  type RouteFacts,
  type SendFacts,
} from '../../../src/otp/route/decide.js';

const BEGAN = 1_000_000;
const WAITS_MS = { whatsapp: 25_000, telegram: 20_000, sms: 60_000 };
const MARGIN_MS = 30_000;
const TTL_MS = 600_000;

function send(channel: string, change: Partial<SendFacts> = {}): SendFacts {
  return { channel, jobStatus: 'pending', writes: 0, error: null, delivered: false, ...change };
}

function facts(change: Partial<RouteFacts> = {}): RouteFacts {
  return {
    route: ['whatsapp', 'sms'],
    status: 'pending',
    createdAt: BEGAN,
    expiresAt: BEGAN + TTL_MS,
    step: 0,
    stepBeganAt: BEGAN,
    sends: [send('whatsapp')],
    refused: new Map(),
    waitsMs: WAITS_MS,
    ...change,
  };
}

const fresh = { step: -1, stepBeganAt: null, sends: [] };
const failed = (channel: string, error = 'not_on_whatsapp') => send(channel, { jobStatus: 'failed', error });
const skipped = (channel: string, error = 'sender_banned') => send(channel, { jobStatus: null, error });
const beginSms = { do: 'begin', step: 1, channel: 'sms' };
const stay = { do: 'stay' };

describe('the way of a code', () => {
  it.each<[string, Partial<RouteFacts>, number, object]>([
    ['begins with the first channel', fresh, 0, { do: 'begin', step: 0, channel: 'whatsapp' }],
    [
      'passes over a first channel that cannot take it',
      { ...fresh, refused: new Map([['whatsapp', 'sender_banned']]) },
      0,
      { do: 'passOver', step: 0, channel: 'whatsapp', reason: 'sender_banned' },
    ],
    ['goes on at once after a step that sent nothing', { sends: [skipped('whatsapp')] }, 0, beginSms],
    ['waits for WhatsApp', {}, 24_999, { do: 'wait', until: BEGAN + 25_000 }],
    ['waits no longer than that', {}, 25_000, beginSms],
    [
      'waits as long with a message that was sent',
      { sends: [send('whatsapp', { jobStatus: 'sent', writes: 1 })] },
      25_000,
      beginSms,
    ],
    [
      'counts from the beginning of the step',
      { stepBeganAt: BEGAN + 5_000 },
      26_000,
      { do: 'wait', until: BEGAN + 30_000 },
    ],
    ['goes on at once after a final failure', { sends: [failed('whatsapp')] }, 1, beginSms],
    [
      'goes on at once when the sender was banned before anything was written',
      { refused: new Map([['whatsapp', 'sender_banned']]) },
      1,
      beginSms,
    ],
    [
      'waits for what may be out, though the sender was banned since',
      { refused: new Map([['whatsapp', 'sender_banned']]), sends: [send('whatsapp', { writes: 1 })] },
      1,
      { do: 'wait', until: BEGAN + 25_000 },
    ],
    [
      'stops with a receipt',
      { sends: [send('whatsapp', { jobStatus: 'sent', writes: 1, delivered: true })] },
      60_000,
      stay,
    ],
    ['stops when it is approved', { status: 'approved' }, 60_000, stay],
    ['ends with a newer code', { sends: [failed('whatsapp', 'superseded')] }, 1, { do: 'end' }],
    ['stays on its last channel', { step: 1, sends: [failed('whatsapp'), send('sms')] }, 300_000, stay],
    ['has no next channel with a route of one', { route: ['whatsapp'] }, 300_000, stay],
    [
      'begins nothing within the margin of its end',
      { sends: [failed('whatsapp')] },
      TTL_MS - MARGIN_MS,
      stay,
    ],
    ['begins until then', { sends: [failed('whatsapp')] }, TTL_MS - MARGIN_MS - 1, beginSms],
    [
      'waits no longer than a step may begin, in case this one fails before',
      { stepBeganAt: BEGAN + TTL_MS - MARGIN_MS - 25_000 },
      TTL_MS - MARGIN_MS - 10_000,
      { do: 'wait', until: BEGAN + TTL_MS - MARGIN_MS },
    ],
    [
      'is not held up by an older channel when the next one was used for a reply',
      {
        route: ['sms', 'whatsapp'],
        sends: [failed('sms', 'bad_number'), failed('whatsapp', 'reach_out_restricted')],
      },
      1,
      { do: 'passOver', step: 1, channel: 'whatsapp', reason: 'reach_out_restricted' },
    ],
    [
      'takes a second message over the same channel for one that may arrive',
      { sends: [failed('whatsapp'), send('whatsapp')] },
      1_000,
      { do: 'wait', until: BEGAN + 25_000 },
    ],
    [
      'keeps a channel back while another may arrive',
      { step: 1, sends: [skipped('whatsapp', 'cold_budget_used'), send('sms')] },
      300_000,
      { do: 'wait', until: BEGAN + TTL_MS - MARGIN_MS },
    ],
    [
      'takes it when that has failed',
      { step: 1, sends: [skipped('whatsapp', 'sender_restricted'), failed('sms', 'provider_failed')] },
      300_000,
      { do: 'begin', step: 1, channel: 'whatsapp' },
    ],
    [
      'asks it no third time',
      {
        step: 1,
        sends: [
          skipped('whatsapp', 'cold_budget_used'),
          failed('sms', 'provider_failed'),
          skipped('whatsapp', 'cold_budget_used'),
        ],
      },
      300_000,
      stay,
    ],
    [
      'does not take it when it is too late',
      { step: 1, sends: [skipped('whatsapp', 'cold_budget_used'), failed('sms', 'provider_failed')] },
      TTL_MS - MARGIN_MS,
      stay,
    ],
    [
      'goes on to the third channel',
      { route: ['whatsapp', 'telegram', 'sms'], step: 1, sends: [failed('whatsapp'), send('telegram')] },
      20_000,
      { do: 'begin', step: 2, channel: 'sms' },
    ],
  ])('%s', (_, change, afterMs, expected) => {
    expect(decide(facts(change), BEGAN + afterMs)).toEqual(expected);
  });

  it('says when the next step follows, if one does', () => {
    expect(followsAt(facts(), 0, BEGAN)).toBe(BEGAN + 25_000);
    expect(followsAt(facts(), 1, BEGAN)).toBeNull();
    expect(followsAt(facts({ expiresAt: BEGAN + 60_000, route: ['sms', 'email'] }), 0, BEGAN)).toBeNull();
  });

  it('has none left when everything has failed, and only then', () => {
    const both = [failed('whatsapp'), failed('sms', 'bad_number')];
    expect(hasNoWayLeft(facts({ step: 1, sends: both }), BEGAN)).toBe(true);
    expect(hasNoWayLeft(facts({ sends: [failed('whatsapp')] }), BEGAN)).toBe(false);
    expect(hasNoWayLeft(facts({ step: 1, sends: [failed('whatsapp'), send('sms')] }), BEGAN)).toBe(false);
  });
});
