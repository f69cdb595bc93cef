import { getCountries } from 'libphonenumber-js/max';
import type { SmsProvider } from './providers/sms-provider.js';

/** CHANNELS_FILE of a sandbox: SMS to everywhere, through the provider on this machine. */
export function sandboxChannels({ url, key, secret }: Pick<SmsProvider, 'url' | 'key' | 'secret'>) {
  return {
    sms: {
      provider: 'http',
      countries: getCountries(),
      dailyCap: 1_000_000,
      url,
      headers: { Authorization: `Bearer ${key}` },
      body: {
        to: '{to}',
        text: '{text}',
        ttl: '{ttl_seconds}',
        ref: '{message_id}',
        callback: '{callback_url}',
      },
      id: { path: 'id' },
      error: { path: 'error.code' },
      receipt: {
        in: 'json',
        id: 'ref',
        status: 'status',
        map: { SENT: 'accepted', DELIVRD: 'delivered', UNDELIV: 'failed' },
        at: 'at',
        verification: { type: 'hmac', secret, header: 'X-Signature', prefix: 'sha256=' },
      },
    },
  };
}
