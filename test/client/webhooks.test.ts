import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { verifyWebhook, type WebhookEvent } from '../../packages/client/src/index.js';
import { EVENT_TYPES, TEST_TYPE } from '../../src/webhooks/events.js';
import { newSecret, signedHeaders } from '../../src/webhooks/signing.js';

/** Of the specification's libraries. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const AT = 1_614_265_330;
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const BODY = '{"test": 2432232314}';
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

const wrong = 'webhook_signature_invalid';

const headers = { 'webhook-id': ID, 'webhook-timestamp': String(AT), 'webhook-signature': SIGNATURE };
const at = (seconds: number) => ({ now: () => seconds * 1_000 });

it('the vector of the specification is right, as a text and as bytes, with any kind of headers', async () => {
  const event = { id: ID, test: 2432232314 };
  expect(await verifyWebhook(BODY, headers, SECRET, at(AT))).toEqual(event);
  const bytes = new TextEncoder().encode(BODY);
  expect(await verifyWebhook(bytes, new Headers(headers), SECRET, at(AT))).toEqual(event);
  expect(await verifyWebhook(bytes.buffer, headers, SECRET.slice(6), at(AT))).toEqual(event);
});

it('what the unmodified standardwebhooks signs is right, whatever the letters', async () => {
  const body = JSON.stringify({
    type: 'code.sent',
    timestamp: '2026-11-21T03:10:01.705Z',
    data: { to: 'سارة 📱' },
  });
  const signature = new Webhook(SECRET).sign(ID, new Date(AT * 1_000), body);
  const event = await verifyWebhook(body, { ...headers, 'webhook-signature': signature }, SECRET, at(AT));
  expect(event).toMatchObject({ id: ID, type: 'code.sent', data: { to: 'سارة 📱' } });
});

it('what the gateway signs is right, also with the secret of before while both sign', async () => {
  const [former, present] = [newSecret(), newSecret()];
  const signed = signedHeaders(ID, AT * 1_000, BODY, [present, former]);
  for (const secret of [former, present]) {
    expect(await verifyWebhook(BODY, signed, secret, at(AT))).toMatchObject({ id: ID });
  }
  await expect(verifyWebhook(BODY, signed, newSecret(), at(AT))).rejects.toMatchObject({ code: wrong });
});

it('one right signature is enough, and one right secret', async () => {
  const several = { ...headers, 'webhook-signature': `v1a,AAAA v1,${'A'.repeat(43)}= ${SIGNATURE}` };
  expect(await verifyWebhook(BODY, several, SECRET, at(AT))).toMatchObject({ id: ID });
  expect(await verifyWebhook(BODY, headers, [OTHER, SECRET], at(AT))).toMatchObject({ id: ID });
});

it.each<[string, string, object, string, number]>([
  ['an altered body', `${BODY} `, {}, wrong, AT],
  ['another id', BODY, { 'webhook-id': 'msg_other' }, wrong, AT],
  ['another time', BODY, { 'webhook-timestamp': String(AT + 1) }, wrong, AT],
  ['an altered signature', BODY, { 'webhook-signature': SIGNATURE.replace('g0', 'g1') }, wrong, AT],
  ['a shortened signature', BODY, { 'webhook-signature': SIGNATURE.slice(0, -4) }, wrong, AT],
  ['a signature of another kind', BODY, { 'webhook-signature': SIGNATURE.replace('v1', 'v2') }, wrong, AT],
  ['no signature', BODY, { 'webhook-signature': undefined }, 'webhook_headers_missing', AT],
  ['no number', BODY, { 'webhook-timestamp': 'soon' }, 'webhook_timestamp_invalid', AT],
  ['an old one', BODY, {}, 'webhook_too_old', AT + 301],
  ['one of the future', BODY, {}, 'webhook_too_new', AT - 301],
])('%s is refused', async (_what, body, changed, code, now) => {
  const verified = verifyWebhook(body, { ...headers, ...changed }, SECRET, at(now));
  await expect(verified).rejects.toMatchObject({ name: 'OtpError', code, status: null });
});

it('the tolerance is five minutes both ways, or what is asked for', async () => {
  for (const now of [AT - 300, AT + 300]) {
    expect(await verifyWebhook(BODY, headers, SECRET, at(now))).toMatchObject({ id: ID });
  }
  const verified = verifyWebhook(BODY, headers, SECRET, { ...at(AT + 11), toleranceSeconds: 10 });
  await expect(verified).rejects.toMatchObject({ code: 'webhook_too_old' });
});

it('a body that is signed and no event is refused', async () => {
  for (const body of ['no JSON', 'null']) {
    const signature = new Webhook(SECRET).sign(ID, new Date(AT * 1_000), body);
    const verified = verifyWebhook(body, { ...headers, 'webhook-signature': signature }, SECRET, at(AT));
    await expect(verified).rejects.toMatchObject({ code: 'webhook_body_invalid' });
  }
});

it('mistakes in calling it are said plainly', async () => {
  const parsed = JSON.parse(BODY) as string;
  await expect(verifyWebhook(parsed, headers, SECRET)).rejects.toThrow(/as it came/);
  await expect(verifyWebhook(BODY, headers, 'whsec_')).rejects.toThrow(TypeError);
  await expect(verifyWebhook(BODY, headers, 'not base64!')).rejects.toThrow(TypeError);
  await expect(verifyWebhook(BODY, headers, [])).rejects.toThrow(TypeError);
});

it('its types are those of the gateway', () => {
  const types: Record<WebhookEvent['type'], true> = {
    'code.accepted': true,
    'code.sent': true,
    'code.delivered': true,
    'code.read': true,
    'code.failed': true,
    'code.expired': true,
    'code.refused': true,
    'verification.approved': true,
    'verification.canceled': true,
    'verification.expired': true,
    'verification.max_checks': true,
    'verification.sender_mismatch': true,
    'sender.state_changed': true,
    'channel.obstacle': true,
    'webhook.test': true,
  };
  expect(Object.keys(types).sort()).toEqual([...EVENT_TYPES, TEST_TYPE].sort());
});
