import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { HookWithSecret } from '../../../src/hooks/hooks.js';

/** The headers with which each auth server shows that a request is its own. @param at Unix ms. */
export function signedAs(
  preset: string,
  made: Pick<HookWithSecret, 'secret' | 'authorization'>,
  body: Buffer,
  at: number,
): Record<string, string> {
  const hmac = (text: string) => createHmac('sha256', made.secret).update(text).digest('hex');
  const stamp = String(Math.floor(at / 1_000));
  switch (preset) {
    case 'supabase':
      return {
        'webhook-id': 'msg_1',
        'webhook-timestamp': stamp,
        'webhook-signature': new Webhook(made.secret).sign('msg_1', new Date(at), body.toString()),
      };
    case 'authgear':
      return { 'x-authgear-body-signature': hmac(body.toString()) };
    case 'zitadel':
      return { 'zitadel-signature': `t=${stamp},v1=${hmac(`${stamp}.${body}`)}` };
    case 'fusionauth':
      return { authorization: `Basic ${Buffer.from(`fusionauth:${made.secret}`).toString('base64')}` };
    default:
      return { authorization: made.authorization ?? '' };
  }
}
