import { describe, expect, it } from 'vitest';
import { SENDER_STATES, type SenderState } from '../../database/schema.js';
import type { Effect } from '../../src/channels/whatsapp/state/effects.js';
import type { SenderEvent } from '../../src/channels/whatsapp/state/events.js';
import { close, closed, createStory, type Story } from './story.js';

const PHONE = '+201000000001';
const HOUR_MS = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00Z');
const NOTHING_STORED = {
  phone: null,
  lostSince: null,
  restrictedSince: null,
  restrictedAt: null,
  restrictedUntil: null,
  cappedAt: null,
  cappedUntil: null,
  quota: null,
  lockedAt: null,
  linkedAt: null,
  importedAt: null,
  tokensReadAt: null,
  byNumberAt: null,
};
const LOADED = { type: 'loaded', stored: NOTHING_STORED, session: { phone: PHONE } } as const;
const CONNECTING = { type: 'connecting', isPaired: true, phone: PHONE } as const;
const UNPAIRED = { type: 'connecting', isPaired: false, phone: null } as const;
const OPENED = { type: 'opened', phone: PHONE } as const;
const QR = { type: 'qr', qr: '2@ref', expiresAt: START + 60_000 } as const;
const PAIRED = { type: 'paired', phone: PHONE } as const;
const LOCKED = { type: 'reach_out_lock', lock: { isActive: true, until: START + HOUR_MS } } as const;
const FREE = { type: 'account_told', lock: { isActive: false, until: null }, quota: null } as const;
const REFUSED = { type: 'cold_refused', code: 463, phone: '+201001234567' } as const;
const READY: SenderEvent[] = [LOADED, CONNECTING, OPENED, FREE];

/** How a sender comes into each state. */
const WAYS: Record<SenderState, SenderEvent[]> = {
  CONNECTING: [LOADED, CONNECTING],
  QR_REQUIRED: [{ ...LOADED, session: { phone: null } }, UNPAIRED, QR],
  PAIRING: [{ ...LOADED, session: { phone: null } }, UNPAIRED, QR, PAIRED],
  READY,
  DISCONNECTED: [...READY, closed(428)],
  RESTRICTED: [...READY, LOCKED],
  LOGGED_OUT: [...READY, closed(401), { type: 'session_discarded', detail: 'x' }],
  BANNED: [...READY, closed(403)],
  CONFLICT: [...READY, closed(440)],
};

function storyIn(state: SenderState): Story {
  const story = createStory();
  for (const event of WAYS[state]) story.happens(event);
  return story;
}

/** Every kind of event, so that a new one has no place to hide. */
const EVENTS: { [T in SenderEvent['type']]: Extract<SenderEvent, { type: T }> } = {
  loaded: LOADED,
  started: { type: 'started' },
  connect_due: { type: 'connect_due' },
  connecting: CONNECTING,
  not_opened: { type: 'not_opened', reason: 'x' },
  session_unreadable: { type: 'session_unreadable', detail: 'x' },
  qr: QR,
  paired: PAIRED,
  opened: OPENED,
  stable: { type: 'stable' },
  closed: closed(428) as Extract<SenderEvent, { type: 'closed' }>,
  old_closed: { type: 'old_closed', close: close(428) },
  session_discarded: { type: 'session_discarded', detail: 'x' },
  session_not_discarded: { type: 'session_not_discarded', code: 401, reason: 'x' },
  ack: { type: 'ack', messageId: 'A', error: null, isOutdated: false },
  receipt: { type: 'receipt', receipt: { messageId: 'A', kind: 'delivered', at: START } },
  text: {
    type: 'text',
    text: {
      messageId: 'B',
      text: 'hello',
      from: { jid: null, phone: null, lid: '1@lid' },
      sentAt: START,
      arrivedAt: START,
      isLate: false,
    },
  },
  wrote: { type: 'wrote', phone: null, lid: '1@lid', at: START },
  gave_token: { type: 'gave_token', phone: PHONE, lid: null, at: START },
  addresses_changed: { type: 'addresses_changed', jids: ['1@lid'] },
  reach_out_lock: LOCKED,
  quota: { type: 'quota', quota: { used: 3, total: 10, cycleEnd: START + HOUR_MS, status: 'NONE' } },
  cold_refused: REFUSED,
  account_told: FREE,
  account_due: { type: 'account_due' },
  restriction_due: { type: 'restriction_due' },
  reload_asked: { type: 'reload_asked' },
  logout_asked: { type: 'logout_asked' },
  logged_out: { type: 'logged_out' },
  pairing_code_asked: { type: 'pairing_code_asked', request: 1, phone: PHONE },
  pairing_code: { type: 'pairing_code', request: 1, code: 'ABCD1234' },
  pairing_code_refused: { type: 'pairing_code_refused', request: 1, cause: null },
  attended: { type: 'attended' },
  stopping: { type: 'stopping' },
  stopped: { type: 'stopped' },
};

/** `BANNED !banned: fail_under_way`: the state afterwards, what needs a person, and what is to be done. */
function outcome({ happens, status }: Story, event: SenderEvent): string {
  const before = status();
  const effects = happens(event).map(wordOf).join(' ');
  const { state, need } = status();
  const isSame = state === before.state && need === before.need;
  const after = `${isSame ? 'same' : state}${need && !isSame ? ` !${need}` : ''}`;
  return effects ? `${after}: ${effects}` : after;
}

function wordOf(effect: Effect): string {
  switch (effect.do) {
    case 'set_timer':
      return effect.ms === null ? `no_${effect.timer}` : `${effect.timer}@${effect.ms}`;
    case 'tell_trouble':
      return effect.trouble ? `tell:${effect.trouble.kind}` : 'tell:well';
    case 'refuse_pairing_code':
      return `refuse_pairing_code:${effect.why}`;
    default:
      return effect.do;
  }
}

const PAIRED_STATES = 'CONNECTING PAIRING READY DISCONNECTED RESTRICTED BANNED CONFLICT';
const NEW_CONNECTION = 'no_connect_due no_stable connect';

/** For each event: what follows, in which states. `*`: in all the others. */
const TABLE: Record<SenderEvent['type'], Record<string, string>> = {
  loaded: {
    QR_REQUIRED: 'QR_REQUIRED',
    PAIRING: 'PAIRING',
    LOGGED_OUT: 'LOGGED_OUT',
    BANNED: 'BANNED',
    CONFLICT: 'CONFLICT',
    same: '*',
  },
  started: { 'same: connect_due@0': '*' },
  connect_due: { [`same: ${NEW_CONNECTION}`]: '*' },
  connecting: { same: 'CONNECTING PAIRING', CONNECTING: '*' },
  not_opened: {
    'DISCONNECTED: connect_due@7000': 'CONNECTING READY RESTRICTED',
    'DISCONNECTED !pairing: connect_due@7000': 'QR_REQUIRED PAIRING LOGGED_OUT',
    'DISCONNECTED !banned: connect_due@7000': 'BANNED',
    'DISCONNECTED !conflict: connect_due@7000': 'CONFLICT',
    'same: connect_due@14000': 'DISCONNECTED',
  },
  session_unreadable: {
    'DISCONNECTED !session_corrupt: disconnect close_session no_connect_due no_stable tell:session_corrupt':
      '*',
  },
  qr: { 'same: show_qr': 'QR_REQUIRED', 'QR_REQUIRED !pairing: show_qr': '*' },
  paired: {
    PAIRING: 'CONNECTING READY DISCONNECTED RESTRICTED',
    'PAIRING !pairing': 'QR_REQUIRED',
    'PAIRING !logged_out': 'LOGGED_OUT',
    'PAIRING !banned': 'BANNED',
    'PAIRING !conflict': 'CONFLICT',
    same: 'PAIRING',
  },
  opened: {
    'READY: tell:well stable@60000 ask_account': 'CONNECTING QR_REQUIRED PAIRING',
    'READY: tell:well stable@60000 account_due@60000': 'LOGGED_OUT BANNED CONFLICT',
    'READY: stable@60000 account_due@60000': 'DISCONNECTED',
    'same: stable@60000 account_due@60000': 'READY RESTRICTED',
  },
  stable: { same: '*' },
  closed: {
    'DISCONNECTED: fail_under_way no_stable connect_due@7000': 'CONNECTING READY RESTRICTED',
    'DISCONNECTED !pairing: fail_under_way no_stable connect_due@7000': 'QR_REQUIRED PAIRING LOGGED_OUT',
    'DISCONNECTED !banned: fail_under_way no_stable connect_due@7000': 'BANNED',
    'DISCONNECTED !conflict: fail_under_way no_stable connect_due@7000': 'CONFLICT',
    'same: fail_under_way no_stable connect_due@14000': 'DISCONNECTED',
  },
  old_closed: { 'same: fail_under_way': '*' },
  session_discarded: {
    'same: connect_due@0': 'LOGGED_OUT',
    'LOGGED_OUT !logged_out: tell:logged_out connect_due@0': '*',
  },
  session_not_discarded: {
    'DISCONNECTED: connect_due@7000': 'CONNECTING READY RESTRICTED',
    'DISCONNECTED !pairing: connect_due@7000': 'QR_REQUIRED PAIRING LOGGED_OUT',
    'DISCONNECTED !banned: connect_due@7000': 'BANNED',
    'DISCONNECTED !conflict: connect_due@7000': 'CONFLICT',
    'same: connect_due@14000': 'DISCONNECTED',
  },
  ack: { 'same: confirm': '*' },
  receipt: { 'same: confirm': '*' },
  text: { 'same: pass_on': '*' },
  wrote: { 'same: note_writer': '*' },
  gave_token: { 'same: note_token': '*' },
  addresses_changed: { 'same: doubt_addresses': '*' },
  reach_out_lock: {
    'RESTRICTED: tell:restricted restriction_due@60000': 'READY',
    'same: restriction_due@60000': 'RESTRICTED',
    'same: tell:restricted restriction_due@60000': '*',
  },
  quota: { same: '*' },
  cold_refused: { 'same: ask_account': 'READY RESTRICTED', same: '*' },
  account_told: {
    'same: account_due@3600000': 'READY',
    'READY: account_due@3600000 tell:well no_restriction_due': 'RESTRICTED',
    'same: no_account_due': '*',
  },
  account_due: { 'same: account_due@60000': 'READY RESTRICTED', same: '*' },
  restriction_due: {
    'same: restriction_due@60000': 'RESTRICTED',
    'same: account_due@60000': 'READY',
    same: '*',
  },
  reload_asked: { [`same: ${NEW_CONNECTION}`]: '*' },
  logout_asked: { 'same: no_connect_due no_stable log_out': '*' },
  logged_out: {
    [`same: ${NEW_CONNECTION}`]: 'LOGGED_OUT',
    [`LOGGED_OUT !logged_out: ${NEW_CONNECTION}`]: '*',
  },
  pairing_code_asked: {
    'same: refuse_pairing_code:is_paired': PAIRED_STATES,
    [`same: ${NEW_CONNECTION}`]: '*',
  },
  // Nobody asked for it.
  pairing_code: { same: '*' },
  pairing_code_refused: { same: '*' },
  attended: { same: '*' },
  stopping: { 'same: no_connect_due no_stable no_restriction_due no_account_due disconnect': '*' },
  stopped: {
    DISCONNECTED: 'CONNECTING READY RESTRICTED',
    'DISCONNECTED !pairing': 'QR_REQUIRED PAIRING',
    same: '*',
  },
};

describe.each(Object.values(EVENTS))('$type', (event) => {
  const row = Object.entries(TABLE[event.type]);

  it.each(SENDER_STATES)('in %s has the outcome of the table', (state) => {
    const expected =
      row.find(([, states]) => states.split(' ').includes(state)) ?? row.find(([, states]) => states === '*');
    expect(outcome(storyIn(state), event)).toBe(expected?.[0]);
  });

  it('does nothing to a sender that is being stopped, but for what cannot be said later', () => {
    const story = storyIn('READY');
    story.happens({ type: 'stopping' });
    const late = outcome(story, event);
    const told: Partial<typeof TABLE> = {
      ack: TABLE.ack,
      receipt: TABLE.receipt,
      text: TABLE.text,
      wrote: TABLE.wrote,
      gave_token: TABLE.gave_token,
      addresses_changed: TABLE.addresses_changed,
      old_closed: TABLE.old_closed,
      pairing_code_asked: { 'same: refuse_pairing_code:is_paired': '*' },
      session_discarded: { 'LOGGED_OUT !logged_out: tell:logged_out': '*' },
      stopped: { DISCONNECTED: '*' },
    };
    expect(late).toBe(Object.keys(told[event.type] ?? { same: '*' })[0]);
  });
});

describe('a connection that ends', () => {
  const ENDED = 'fail_under_way no_stable';

  it.each([
    [401, `same: ${ENDED} discard_session`],
    [402, `BANNED !banned: ${ENDED} tell:banned connect_due@3600000`],
    [403, `BANNED !banned: ${ENDED} tell:banned`],
    [405, `DISCONNECTED !retries_exhausted: ${ENDED} tell:retries_exhausted`],
    [406, `BANNED !banned: ${ENDED} tell:banned`],
    [408, `DISCONNECTED: ${ENDED} connect_due@7000`],
    [409, `DISCONNECTED !retries_exhausted: ${ENDED} tell:retries_exhausted`],
    [411, `DISCONNECTED !retries_exhausted: ${ENDED} tell:retries_exhausted`],
    [428, `DISCONNECTED: ${ENDED} connect_due@7000`],
    [440, `CONFLICT !conflict: ${ENDED} tell:conflict`],
    [500, `DISCONNECTED: ${ENDED} connect_due@7000`],
    [503, `DISCONNECTED: ${ENDED} connect_due@7000`],
    [515, `same: ${ENDED} connect_due@0`],
    [516, `DISCONNECTED: ${ENDED} connect_due@7000`],
    [null, `DISCONNECTED: ${ENDED} connect_due@7000`],
  ])('with code %s, once it was open', (code, expected) => {
    expect(outcome(storyIn('READY'), closed(code))).toBe(expected);
  });

  it.each([
    [401, `DISCONNECTED !pairing: ${ENDED} connect_due@7000`],
    [408, `same: ${ENDED} connect_due@300000`],
    [515, `same: ${ENDED} connect_due@0`],
  ])('with code %s, while it showed QR codes', (code, expected) => {
    const ended = closed(code, { isPaired: false, wasPairing: true });
    expect(outcome(storyIn('QR_REQUIRED'), ended)).toBe(expected);
  });

  it('calls for help once, when more attempts have failed than the operator allows', () => {
    const story = storyIn('DISCONNECTED');
    const told = Array.from({ length: 8 }, () =>
      story.happens(closed(428)).filter((effect) => effect.do === 'tell_trouble'),
    );
    expect(told.map((effects) => effects.length)).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
    expect(story.status()).toMatchObject({ retriesExhausted: true, givenUp: true, failedAttempts: 8 });
  });
});

describe('a logout by WhatsApp whose session is deleted while the program stops', () => {
  const DISCARDED = { type: 'session_discarded', detail: 'x' } as const;

  it.each<[string, SenderEvent[]]>([
    ['before', [{ type: 'stopping' }, DISCARDED, { type: 'stopped' }]],
    ['after', [{ type: 'stopping' }, { type: 'stopped' }, DISCARDED]],
  ])('is told and stays visible, %s the end', (_, events) => {
    const story = storyIn('READY');
    story.happens(closed(401));
    const effects = events.flatMap(story.happens);
    expect(effects.filter((effect) => effect.do === 'tell_trouble')).toEqual([
      { do: 'tell_trouble', trouble: { kind: 'logged_out', detail: 'x', phone: PHONE, since: START } },
    ]);
    expect(story.status()).toMatchObject({ state: 'LOGGED_OUT', need: 'logged_out', paired: false });
  });
});

describe.each<[string, SenderEvent[]]>([
  ['without a plan', []],
  ['restricted', [LOCKED]],
  ['with an attempt planned', [closed(428)]],
  ['with an attempt planned, restricted', [LOCKED, closed(428)]],
  ['with a need', [closed(440)]],
  ['with a need, restricted', [LOCKED, closed(440)]],
  ['with a need and an attempt planned', [closed(402, { banEndsAt: START + HOUR_MS })]],
])('a sender %s', (variant, events) => {
  const story = () => {
    const made = storyIn('READY');
    for (const event of events) made.happens(event);
    return made;
  };
  const isRestricted = variant.includes('restricted');
  const isPlanned = variant.includes('planned');
  const isNeeded = variant.includes('need');

  it('shows these facts', () => {
    const { restricted, need, nextAttemptAt } = story().status();
    expect([restricted, need !== null, nextAttemptAt !== null]).toEqual([isRestricted, isNeeded, isPlanned]);
  });

  it('keeps its restriction over a new connection, and nothing else', () => {
    const made = story();
    made.happens({ type: 'connect_due' });
    made.happens(CONNECTING);
    expect(made.status()).toMatchObject({ state: 'CONNECTING', need: null, nextAttemptAt: null });
    made.happens(OPENED);
    expect(made.status()).toMatchObject({
      state: isRestricted ? 'RESTRICTED' : 'READY',
      restricted: isRestricted,
      restrictedUntil: isRestricted ? LOCKED.lock.until : null,
      need: null,
      nextAttemptAt: null,
      troubleSince: isRestricted ? START : null,
    });
  });

  it('plans the next attempt after a failed one, and forgets neither need nor restriction', () => {
    const made = story();
    const { need } = made.status();
    made.happens({ type: 'not_opened', reason: 'x' });
    const delayMs = events.some((event) => event.type === 'closed' && event.close.code === 428)
      ? 14_000
      : 7_000;
    expect(made.status()).toMatchObject({
      state: 'DISCONNECTED',
      need,
      restricted: isRestricted,
      nextAttemptAt: START + delayMs,
    });
  });

  it('plans nothing once it is stopped', () => {
    const made = story();
    made.happens({ type: 'stopping' });
    made.happens({ type: 'stopped' });
    expect(made.status()).toMatchObject({ restricted: isRestricted, nextAttemptAt: null, openSince: null });
  });
});

describe('a pairing code', () => {
  const ASKED = { type: 'pairing_code_asked', request: 7, phone: PHONE } as const;
  const asked = () => {
    const story = storyIn('QR_REQUIRED');
    story.happens(ASKED);
    story.happens(UNPAIRED);
    return story;
  };

  it('is asked for once, when the connection offers a QR code, which nobody sees', () => {
    const story = asked();
    expect(story.happens(QR)).toEqual([{ do: 'ask_pairing_code', request: 7, phone: PHONE }]);
    expect(story.happens(QR)).toEqual([]);
    expect(story.status()).toMatchObject({ state: 'CONNECTING', qr: null });
    expect(story.happens({ type: 'pairing_code', request: 7, code: 'ABCD1234' })).toEqual([
      { do: 'give_pairing_code', request: 7, code: 'ABCD1234' },
    ]);
    expect(story.status()).toMatchObject({ state: 'PAIRING', pairingCode: 'ABCD1234', need: 'pairing' });
  });

  it('that WhatsApp refuses is refused, and a QR code takes its place', () => {
    const story = asked();
    story.happens(QR);
    expect(outcome(story, { type: 'pairing_code_refused', request: 7, cause: null })).toBe(
      `same: refuse_pairing_code:refused ${NEW_CONNECTION}`,
    );
    story.happens(UNPAIRED);
    expect(outcome(story, QR)).toBe('QR_REQUIRED !pairing: show_qr');
  });

  it.each<[string, SenderEvent]>([
    ['a reload', { type: 'reload_asked' }],
    ['a logout', { type: 'logout_asked' }],
    ['another request', { ...ASKED, request: 8 }],
    ['the end of its connection', closed(428, { isPaired: false })],
    ['a connection that is not to be had', { type: 'not_opened', reason: 'x' }],
    ['a session that cannot be read', { type: 'session_unreadable', detail: 'x' }],
    ['the end of the program', { type: 'stopping' }],
  ])('is refused by %s, and does not come any more', (_, event) => {
    const story = asked();
    story.happens(QR);
    expect(story.happens(event)).toContainEqual(
      expect.objectContaining({ do: 'refuse_pairing_code', request: 7, why: 'not_reached' }),
    );
    expect(story.happens({ type: 'pairing_code', request: 7, code: 'ABCD1234' })).toEqual([]);
  });
});

describe('a restriction', () => {
  it('that WhatsApp lifts is over, and so is its trouble', () => {
    const lifted = { type: 'reach_out_lock', lock: { isActive: false, until: null } } as const;
    expect(outcome(storyIn('RESTRICTED'), lifted)).toBe('READY: tell:well no_restriction_due');
  });

  it('without a stated end lasts a day, and is over as soon as WhatsApp says so', async () => {
    const story = storyIn('READY');
    story.happens({ type: 'reach_out_lock', lock: { isActive: true, until: null } });
    expect(story.status()).toMatchObject({ restriction: 'reach_out_lock', restrictedUntil: null });
    await story.clock.advance(24 * HOUR_MS - 1);
    expect(outcome(story, { type: 'restriction_due' })).toBe('same: restriction_due@1');
    await story.clock.advance(1);
    // It is lifted by the clock, and WhatsApp is asked whether that is right.
    expect(outcome(story, { type: 'restriction_due' })).toBe(
      'READY: tell:well no_restriction_due ask_account',
    );
    expect(outcome(story, { ...FREE, lock: { isActive: true, until: null } })).toContain('RESTRICTED');
    expect(outcome(story, FREE)).toBe('READY: account_due@3600000 tell:well no_restriction_due');
  });

  it('that WhatsApp tells while it is being asked is newer than the answer', async () => {
    const story = storyIn('READY');
    await story.clock.advance(60_000);
    story.happens({ type: 'account_due' });
    story.happens(LOCKED);
    expect(outcome(story, FREE)).toBe('same: account_due@3600000 restriction_due@60000');
    await story.clock.advance(60_000);
    expect(story.happens({ type: 'account_due' })).toEqual([{ do: 'ask_account' }]);
    expect(outcome(story, FREE)).toContain('READY');
  });

  it('ends by itself at the time that WhatsApp stated, also while there is no connection', async () => {
    const story = storyIn('RESTRICTED');
    story.happens(closed(428));
    await story.clock.advance(HOUR_MS);
    expect(outcome(story, { type: 'restriction_due' })).toBe('same: no_restriction_due');
    expect(outcome(story, OPENED)).toBe('READY: tell:well stable@60000 ask_account');
  });

  it('belongs to a number: another one is free, and nobody knows it', () => {
    const story = storyIn('RESTRICTED');
    for (const event of [{ type: 'logged_out' }, UNPAIRED, QR] as const) story.happens(event);
    expect(outcome(story, { type: 'paired', phone: '+201000000002' })).toBe(
      'PAIRING !pairing: no_restriction_due forget_recipients',
    );
    expect(story.status()).toMatchObject({ restricted: false, me: '+201000000002' });
  });
});

describe('a refused message (463)', () => {
  /** A minute after WhatsApp was asked last. */
  async function later(): Promise<Story> {
    const story = storyIn('READY');
    await story.clock.advance(60_000);
    return story;
  }

  it('is asked about, and nobody out of reach is tried until the answer is there', async () => {
    const story = await later();
    expect(outcome(story, REFUSED)).toBe('same: ask_account');
    expect(story.status()).toMatchObject({ restricted: false, isChecked: true });
    expect(outcome(story, { type: 'account_due' }), 'one question at a time').toBe('same');
    expect(outcome(story, FREE)).toBe('same: account_due@3600000 note_refusal');
    expect(story.status()).toMatchObject({ restricted: false, isChecked: false });
    // That answer holds for a minute.
    expect(outcome(story, REFUSED)).toBe('same: account_due@60000 note_refusal');
  });

  it('is a restriction when WhatsApp says so, or says nothing', async () => {
    for (const lock of [{ isActive: true, until: START + HOUR_MS }, null]) {
      const story = await later();
      story.happens(REFUSED);
      expect(outcome(story, { ...FREE, lock })).toBe(
        'RESTRICTED: account_due@3600000 tell:restricted restriction_due@60000',
      );
      expect(story.status()).toMatchObject({
        lockedAt: START + 60_000,
        restrictedUntil: lock?.until ?? null,
      });
    }
  });

  it('three times in an hour, each about one person alone, makes an operator look at the number', async () => {
    const story = await later();
    const refuse = async (afterMs: number) => {
      await story.clock.advance(afterMs);
      return [outcome(story, REFUSED), outcome(story, FREE)].join(' ');
    };
    await refuse(0);
    await refuse(30 * 60_000);
    expect(await refuse(31 * 60_000), 'the first is an hour ago').not.toContain('tell');
    expect(await refuse(60_000)).toContain('tell:refused_often');
    await story.clock.advance(HOUR_MS);
    expect(story.happens({ type: 'account_due' })).toEqual([{ do: 'ask_account' }]);
    expect(outcome(story, FREE)).toContain('tell:well');
  });
});

describe('a refused chat (475)', () => {
  const CAPPED = { type: 'cold_refused', code: 475, phone: '+201001234567' } as const;
  const QUOTA = { used: 10, total: 10, cycleEnd: START + HOUR_MS, status: 'NONE' };

  it('caps the number until the end of the cycle, whatever the next answer says, and beside a lock', async () => {
    const story = storyIn('READY');
    await story.clock.advance(60_000);
    expect(outcome(story, CAPPED)).toBe('RESTRICTED: tell:restricted restriction_due@60000 ask_account');
    expect(story.status()).toMatchObject({ restriction: 'new_chat_cap', restrictedUntil: null });
    story.happens({ ...FREE, quota: QUOTA });
    expect(story.status()).toMatchObject({ restriction: 'new_chat_cap', restrictedUntil: QUOTA.cycleEnd });
    story.happens({ type: 'reach_out_lock', lock: { isActive: true, until: QUOTA.cycleEnd + 1 } });
    expect(story.status()).toMatchObject({ restriction: 'reach_out_lock' });
    story.happens({ type: 'reach_out_lock', lock: { isActive: false, until: null } });
    expect(story.status()).toMatchObject({ state: 'RESTRICTED', restriction: 'new_chat_cap' });
    await story.clock.advance(HOUR_MS);
    expect(outcome(story, { type: 'restriction_due' })).toBe(
      'READY: tell:well no_restriction_due ask_account',
    );
  });

  it('is known from the tally as well, and over when that says so', () => {
    const story = storyIn('READY');
    story.happens({ type: 'quota', quota: { ...QUOTA, status: 'CAPPED' } });
    expect(story.status()).toMatchObject({ state: 'RESTRICTED', restriction: 'new_chat_cap' });
    expect(outcome(story, { type: 'quota', quota: QUOTA })).toBe('READY: tell:well no_restriction_due');
    expect(story.status().quota).toEqual(QUOTA);
  });
});

describe('the two times', () => {
  const MINUTE_MS = 60_000;

  it('a state begins with every attempt, the trouble with the first loss', async () => {
    const story = storyIn('READY');
    story.happens(closed(428));
    for (let attempt = 0; attempt < 24; attempt++) {
      await story.clock.advance(5 * MINUTE_MS);
      story.happens(attempt === 12 ? { type: 'reload_asked' } : { type: 'connect_due' });
      story.happens(CONNECTING);
      story.happens(closed(408));
    }
    const { since, troubleSince } = story.status();
    expect([since - START, (troubleSince ?? 0) - START]).toEqual([120 * MINUTE_MS, 0]);
    story.happens(OPENED);
    expect(story.status().troubleSince).toBeNull();
  });

  it('a trouble outlives the run, and one that was stored by a clock ahead began now', () => {
    const story = createStory();
    const stored = { ...NOTHING_STORED, phone: PHONE, lostSince: START - HOUR_MS };
    story.happens({ ...LOADED, stored });
    expect(story.status()).toMatchObject({ since: START, troubleSince: START - HOUR_MS, givenUp: true });
    const other = createStory();
    other.happens({ ...LOADED, stored: { ...stored, lostSince: START + HOUR_MS } });
    expect(other.status().troubleSince).toBe(START);
  });

  it('an operator who logs out, or stops the program, loses nothing', () => {
    for (const event of [{ type: 'logged_out' }, { type: 'stopped' }] as const) {
      const story = storyIn('READY');
      story.happens(event);
      expect(story.status().troubleSince).toBeNull();
    }
  });

  it('a trouble tells its number and its beginning, however late it is told', async () => {
    const story = storyIn('READY');
    story.happens(closed(428));
    await story.clock.advance(HOUR_MS);
    expect(story.happens(closed(403))).toContainEqual({
      do: 'tell_trouble',
      trouble: { kind: 'banned', detail: expect.any(String), phone: PHONE, since: START },
    });
  });
});
