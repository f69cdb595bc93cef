import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { anyOf, authorization } from '../../src/hooks/authentication/authorization.js';
import { bodyHmac, stampedHmac } from '../../src/hooks/authentication/hmac.js';
import { standardWebhooks } from '../../src/hooks/authentication/standard-webhooks.js';

const BODY = Buffer.from('{"test": 2432232314}');
const ALTERED = Buffer.from('{"test": 2432232315}');
const AT = 1_614_265_330_000;
const MINUTE = 60_000;

describe('Standard Webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const isSigned = (more: object = {}, raw = BODY, now = AT) =>
    standardWebhooks.isSigned({ headers: { ...headers, ...more }, raw }, secret, now);

  it('takes the vector of the specification', () => expect(isSigned()).toBe(true));

  it('takes what its own package signs', () => {
    const made = standardWebhooks.newSecret();
    const signature = new Webhook(made).sign('msg_1', new Date(AT), BODY.toString());
    const signed = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1614265330',
      'webhook-signature': signature,
    };
    expect(standardWebhooks.isSigned({ headers: signed, raw: BODY }, made, AT)).toBe(true);
    expect(standardWebhooks.isSigned({ headers: signed, raw: BODY }, secret, AT)).toBe(false);
  });

  it('takes several signatures, also with the comma that Supabase puts between them', () => {
    const [other, ours] = ['v1,AAAA', headers['webhook-signature']];
    for (const joined of [`${other} ${ours}`, `${other}, ${ours}`, `${ours}, ${other}`]) {
      expect(isSigned({ 'webhook-signature': joined })).toBe(true);
    }
    expect(isSigned({ 'webhook-signature': other })).toBe(false);
  });

  it('refuses an altered body, and one that is five minutes off', () => {
    expect(isSigned({}, ALTERED)).toBe(false);
    expect(isSigned({}, BODY, AT + 5 * MINUTE)).toBe(true);
    expect(isSigned({}, BODY, AT + 5 * MINUTE + 1)).toBe(false);
    expect(isSigned({}, BODY, AT - 5 * MINUTE - 1)).toBe(false);
    expect(isSigned({ 'webhook-timestamp': 'x' })).toBe(false);
    expect(isSigned({ 'webhook-id': undefined })).toBe(false);
    expect(isSigned({ 'webhook-signature': undefined })).toBe(false);
  });

  it('is no way in under a secret that is none of its own, whose key would be empty or short', () => {
    const scheme = anyOf(authorization, standardWebhooks);
    for (const other of [
      '!!!!!!!!!!!!!!!!',
      '-'.repeat(16),
      'whsec_',
      'whsec_QUJD',
      'whsec_****************',
      'x',
    ]) {
      const keys = ['', Buffer.from(other, 'base64'), Buffer.from(other.replace('whsec_', ''), 'base64')];
      for (const key of keys) {
        const signature = createHmac('sha256', key).update('msg_1.1614265330.').update(BODY).digest('base64');
        const signed = {
          'webhook-id': 'msg_1',
          'webhook-timestamp': '1614265330',
          'webhook-signature': `v1,${signature}`,
        };
        expect(scheme.isSigned({ headers: signed, raw: BODY }, other, AT)).toBe(false);
      }
    }
  });

  it('reads a secret as Supabase shows it', () => {
    expect(standardWebhooks.readSecret(` v1,${secret}\n`)).toBe(secret);
    expect(standardWebhooks.readSecret('no secret')).toBeNull();
  });
});

describe('a signature of the body', () => {
  const scheme = bodyHmac('x-authgear-body-signature');
  const signature = 'ea32321306a9d73f3a4b680a2e50275b6d844e68640b2a4a0278a07f058f7b5c';
  const isSigned = (given: string | undefined, raw = BODY) =>
    scheme.isSigned({ headers: { 'x-authgear-body-signature': given }, raw }, 'signing-key', AT);

  it('is the HMAC of its bytes under the text of the secret', () => {
    expect(isSigned(signature)).toBe(true);
    expect(isSigned(signature, ALTERED)).toBe(false);
    expect(isSigned(signature.slice(1))).toBe(false);
    expect(isSigned(undefined)).toBe(false);
  });
});

describe('a signature with a stamp', () => {
  const scheme = stampedHmac('zitadel-signature');
  const signature = '013ab981c272f10f89e52aae54fb87284965d679ac0da31be0be399e465d4480';
  const isSigned = (given: string, raw = BODY, now = AT) =>
    scheme.isSigned({ headers: { 'zitadel-signature': given }, raw }, 'signing-key', now);

  it('is good for five minutes, and for every signature in it', () => {
    expect(isSigned(`t=1614265330,v1=${signature}`)).toBe(true);
    expect(isSigned(`t=1614265330,v1=00,v1=${signature}`)).toBe(true);
    expect(isSigned(`t=1614265330,v1=${signature}`, BODY, AT + 5 * MINUTE)).toBe(true);
    expect(isSigned(`t=1614265330,v1=${signature}`, BODY, AT + 5 * MINUTE + 1)).toBe(false);
  });

  it('is refused when anything in it is altered', () => {
    expect(isSigned(`t=1614265330,v1=${signature}`, ALTERED)).toBe(false);
    expect(isSigned(`t=1614265331,v1=${signature}`)).toBe(false);
    expect(isSigned(`v1=${signature}`)).toBe(false);
    expect(isSigned('t=1614265330')).toBe(false);
    expect(isSigned('')).toBe(false);
  });
});

describe('a secret in a header', () => {
  const isSigned = (headers: Record<string, string>, secret = 'the-secret') =>
    authorization.isSigned({ headers, raw: BODY }, secret, AT);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it('comes as Bearer, as the password of Basic, as it is, or in X-API-KEY', () => {
    expect(isSigned({ authorization: 'Bearer the-secret' })).toBe(true);
    expect(isSigned({ authorization: basic('anybody:the-secret') })).toBe(true);
    expect(isSigned({ authorization: 'the-secret' })).toBe(true);
    expect(isSigned({ 'x-api-key': 'the-secret' })).toBe(true);
    expect(isSigned({ authorization: authorization.authorization?.('the-secret') ?? '' })).toBe(true);
  });

  it('is refused when it is another one, or none', () => {
    expect(isSigned({ authorization: 'Bearer the-secret2' })).toBe(false);
    expect(isSigned({ authorization: basic('the-secret:') })).toBe(false);
    expect(isSigned({ authorization: '' })).toBe(false);
    expect(isSigned({})).toBe(false);
  });

  it('is not guessed in a short time', () => {
    expect(authorization.readSecret('a'.repeat(15))).toBeNull();
    expect(authorization.readSecret(` ${'a'.repeat(16)}\n`)).toBe('a'.repeat(16));
  });

  it('is one of several ways', () => {
    const scheme = anyOf(authorization, bodyHmac('x-signature'));
    const request = { headers: { authorization: 'Bearer the-secret' }, raw: BODY };
    expect(scheme.isSigned(request, 'the-secret', AT)).toBe(true);
    expect(scheme.isSigned({ headers: {}, raw: BODY }, 'the-secret', AT)).toBe(false);
  });
});
